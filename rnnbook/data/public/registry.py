"""Which public sets there are: where each is, how big, under which licence, and with which checksum.

A checksum stands here only if somebody published it, and `checksum_from` says who. Where nobody did it is None: then
the first download is recorded in the cache, and a file that differs later is refused. Not verified by the authors: no
checksum was computed for this table, and none of the files was downloaded for it. Addresses, sizes and checksums are
as their sources state them.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

HF = "Hugging Face Datasets, datasets/{}/dataset_infos.json (commit 040102f, github.com/huggingface/datasets)"
NOT_SEEN = "The authors of the book have not downloaded it: address, size and licence are as others state them."


@dataclass(frozen=True, kw_only=True)
class PublicFile:
    """One file on a server.

    Attributes
    ----------
    url
        Where it is. The last part of the path is the name it gets.
    bytes
        Its size; None where no size was published.
    checksum
        "sha256:…" or another algorithm of hashlib; None where none was published.
    checksum_from
        Where the checksum and the size can be read.
    """

    url: str
    bytes: int | None = None
    checksum: str | None = None
    checksum_from: str = ""

    @property
    def name(self) -> str:
        """The last part of the address."""
        return unquote(urlsplit(self.url).path).rpartition("/")[2]


@dataclass(frozen=True, kw_only=True)
class PublicSet:
    """A set that others publish.

    Attributes
    ----------
    name
        What `fetch` takes.
    about
        One line: what is in it.
    files
        What is downloaded. Archives (.zip, .tar.gz) are unpacked.
    read
        How to make examples of the folder that `fetch` gives: a line of Python.
    licence, citation, homepage, limits
        As its publishers state them.
    """

    name: str
    about: str
    files: tuple[PublicFile, ...]
    read: str
    licence: str
    citation: str
    homepage: str
    limits: str

    @property
    def bytes(self) -> int | None:
        """The size of the download; None where a file's size is not known."""
        sizes = [file.bytes for file in self.files]
        return None if None in sizes else sum(size for size in sizes if size is not None)


def _ewt(part: str, size: int, sha256: str) -> PublicFile:
    url = f"https://raw.githubusercontent.com/UniversalDependencies/UD_English-EWT/r2.7/en_ewt-ud-{part}.conllu"
    return PublicFile(url=url, bytes=size, checksum=f"sha256:{sha256}",
                      checksum_from=HF.format("universal_dependencies"))


_SETS = (
    PublicSet(
        name="tatoeba-de-en",
        about="German and English sentences that volunteers translated; short, everyday, line by line.",
        files=(PublicFile(url="https://object.pouta.csc.fi/OPUS-Tatoeba/v2023-04-12/moses/de-en.txt.zip"),),
        read='data.read_parallel(folder / "Tatoeba.de-en.de", folder / "Tatoeba.de-en.en")',
        licence="CC BY 2.0 FR",
        citation="J. Tiedemann (2012), Parallel data, tools and interfaces in OPUS, LREC; sentences from tatoeba.org.",
        homepage="https://opus.nlpl.eu/",
        limits="Many sentences have several translations, so a split by lines leaks: split by sentence. " + NOT_SEEN,
    ),
    PublicSet(
        name="ud-english-ewt",
        about="The English Web Treebank of Universal Dependencies 2.7: weblogs, newsgroups, mail, reviews, answers.",
        files=(
            _ewt("train", 13469758, "4e45f7b6f6d4e8d33e0ba7090fc37f2385a91711edb20d456d3fb5f45ac0fc28"),
            _ewt("dev", 1711407, "57703dcd3b04c32dda6cb7c2a9d836daf65c2b9141a670163693d230b46559c8"),
            _ewt("test", 1712757, "25ef2d6fe772b8f05be374e093693f14284ccdd870fc27a9295f7e5a0fc3253a"),
        ),
        read='data.read_conllu(folder / "en_ewt-ud-train.conllu")',
        licence="CC BY-SA 4.0",
        citation="N. Silveira and others (2014), A gold standard dependency corpus for English, LREC; "
                 "Universal Dependencies 2.7, hdl.handle.net/11234/1-3424.",
        homepage="https://universaldependencies.org/treebanks/en_ewt/",
        limits="Version 2.7 of 2020, the last whose checksums were found published; later versions correct tags. "
               + NOT_SEEN,
    ),
    PublicSet(
        name="movie-reviews",
        about="The Large Movie Review Dataset: 25 000 reviews to train and 25 000 to test, positive or negative.",
        files=(PublicFile(
            url="https://ai.stanford.edu/~amaas/data/sentiment/aclImdb_v1.tar.gz", bytes=84125825,
            checksum="sha256:c40f74a18d3b61f90feba1e17730e0d38e8b97c05fde7008942e91923d1658fe",
            checksum_from="TensorFlow Datasets, url_checksums/imdb_reviews.txt "
                          "(commit 333639b, github.com/tensorflow/datasets)"),),
        read='data.read_reviews(folder / "aclImdb" / "train")',
        licence="none stated by its authors; the reviews belong to those who wrote them",
        citation="A. L. Maas and others (2011), Learning word vectors for sentiment analysis, ACL.",
        homepage="https://ai.stanford.edu/~amaas/data/sentiment/",
        limits="Only clear opinions: reviews with 5 or 6 of 10 stars were left out. Unpacking writes 100 000 small "
               "files. " + NOT_SEEN,
    ),
    PublicSet(
        name="australian-weather",
        about="3 010 daily series from weather stations in Australia: rain, temperature, solar radiation.",
        files=(PublicFile(
            url="https://zenodo.org/record/4654822/files/weather_dataset.zip", bytes=38820451,
            checksum="sha256:adc9195b4b842673892fec1ba22cced9c42d5c4cba9a261f455ffbe96db7847b",
            checksum_from=HF.format("monash_tsf")),),
        read='data.read_tsf(folder / "weather_dataset.tsf")',
        licence="CC BY 4.0",
        citation="R. Godahewa and others (2021), Monash time series forecasting archive, NeurIPS datasets track; "
                 "doi.org/10.5281/zenodo.4654822.",
        homepage="https://zenodo.org/record/4654822",
        limits="The series differ much in length; stations near each other are not independent. " + NOT_SEEN,
    ),
)
PUBLIC: dict[str, PublicSet] = {public.name: public for public in _SETS}
