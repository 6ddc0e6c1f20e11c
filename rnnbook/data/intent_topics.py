"""Further intents for `data.intents(topics=...)`, written as those of intent.py.

No two templates may give the same words different readings: "remind me to" would, for it begins requests for an alarm.
"""

from __future__ import annotations

MORE_TEMPLATES = {
    "music": (
        "play/music something by {artist}",
        "play/music {style} {polite}",
        "turn the music/music down {polite}",
        "put on/music some {style} {where}",
        "what is the name of this song/music ?",
        "i want to hear/music {style} {day}",
        "skip/music this song {polite}",
        "is there a new song/music by {artist} ?",
    ),
    "calendar": (
        "what is on my calendar/calendar {day} ?",
        "am i free/calendar {day} at {hour} ?",
        "add lunch/calendar with {person} {day}",
        "what time/time is my meeting/calendar with {person} ?",
        "move my meeting/calendar with {person} to {hour}",
        "cancel my appointment/calendar {day}",
        "when is my next appointment/calendar {polite} ?",
        "book/calendar an hour with {person} {day}",
    ),
    "call": (
        "call/call {person} {polite}",
        "ring/call {person} at work",
        "phone/call my {relative} {polite}",
        "call/call my {relative} back",
        "did {person} try to reach/call me {day} ?",
        "hang up/call {polite}",
        "i want to speak/call to {person} {polite}",
        "put me through/call to {person}",
    ),
    "navigation": (
        "how do i get to/navigation {city} ?",
        "take me/navigation to the {place} {polite}",
        "what time/time will i arrive/navigation in {city} ?",
        "which is the fastest way/navigation to the {place} ?",
        "is there traffic/navigation on the way to {city} ?",
        "find/navigation a {place} near me",
        "how far/navigation is it to {city} ?",
        "drive/navigation me to the {place} in {city}",
    ),
    "light": (
        "switch off the lights/light {where}",
        "switch on the lamp/light {where}",
        "switch the lights/light off {where}",
        "make it brighter/light {where} {polite}",
        "dim/light the lights {where}",
        "is the lamp/light still on {where} ?",
        "it is too dark/light {where}",
        "turn the lights/light {colour} {where}",
    ),
    "shopping": (
        "add {food}/shopping to my list",
        "put {food}/shopping on the shopping list {polite}",
        "what is on my shopping/shopping list ?",
        "we are out of/shopping {food}",
        "buy/shopping {food} {day}",
        "take {food}/shopping off the list",
        "i need to get {food}/shopping {day}",
        "do we need {food}/shopping or {food} ?",
    ),
    "timer": (
        "set a timer/timer for {number} minutes",
        "start/timer a timer for {number} minutes {polite}",
        "how much time is left/timer on the timer ?",
        "tell me when {number} minutes/timer are over",
        "stop the timer/timer {polite}",
        "count down/timer from {number}",
        "add {number} minutes/timer to the timer",
        "time/timer my {food} for {number} minutes",
    ),
}
MORE_SLOTS = {
    "artist": ("bach", "mozart", "coltrane", "bowie", "simone", "björk", "verdi", "abba", "kuti", "piaf"),
    "style": ("jazz", "rock", "soul", "folk songs", "dance music", "piano music", "something quiet", "the radio"),
    "where": ("in the kitchen", "in the bedroom", "in the hall", "upstairs", "downstairs", "in the bathroom",
              "everywhere", "in the garage", "on the stairs"),
    "person": ("anna", "peter", "maria", "ahmed", "lucy", "ivan", "mei", "omar", "rosa", "david", "doctor smith"),
    "relative": ("mother", "father", "sister", "brother", "aunt", "uncle", "grandmother", "boss"),
    "place": ("station", "airport", "museum", "hospital", "bakery", "library", "hotel", "bank", "pharmacy", "school"),
    "colour": ("red", "blue", "green", "warm white", "purple", "orange"),
    "food": ("milk", "bread", "eggs", "rice", "apples", "coffee", "butter", "pasta", "onions", "tea", "cheese", "soap"),
    "number": ("two", "three", "four", "five", "ten", "twelve", "fifteen", "twenty", "thirty", "forty"),
}
