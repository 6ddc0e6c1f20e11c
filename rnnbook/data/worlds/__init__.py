"""Small worlds: pictures, strings of DNA, sound, clicks and pulses, each generated from a seed."""

from rnnbook.data.worlds.audio import tones
from rnnbook.data.worlds.captions import Caption, CaptionBatch, Captions, shapes
from rnnbook.data.worlds.motifs import dna
from rnnbook.data.worlds.pulses import heartbeats
from rnnbook.data.worlds.sessions import click_odds, clicks

__all__ = ["Caption", "CaptionBatch", "Captions", "click_odds", "clicks", "dna", "heartbeats", "shapes", "tones"]
