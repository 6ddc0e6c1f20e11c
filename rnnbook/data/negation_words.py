"""The words and the templates of `data.negation`."""

# Praise and blame for things.
OF_THINGS: dict[str, tuple[str, ...]] = {
    "positive": (
        "good", "great", "wonderful", "lovely", "excellent", "brilliant", "beautiful", "perfect", "interesting",
        "fantastic", "enjoyable", "superb", "pleasant", "charming", "delightful", "elegant", "exciting",
        "fascinating", "fresh", "gripping", "impressive", "inspiring", "inviting", "magnificent", "marvellous",
        "memorable", "outstanding", "remarkable", "satisfying", "splendid", "stylish", "touching", "useful",
        "tasteful", "refreshing", "flawless",
    ),
    "negative": (
        "bad", "terrible", "awful", "boring", "dull", "poor", "horrible", "dreadful", "ugly", "disappointing",
        "unpleasant", "silly", "annoying", "appalling", "broken", "careless", "clumsy", "confusing", "dirty",
        "disgusting", "faulty", "forgettable", "gloomy", "lousy", "mediocre", "messy", "noisy", "overpriced",
        "pointless", "predictable", "shabby", "tedious", "tiresome", "unbearable", "worthless", "tasteless",
    ),
}
# And for people.
OF_PEOPLE: dict[str, tuple[str, ...]] = {
    "positive": (
        "kind", "friendly", "polite", "helpful", "honest", "generous", "gentle", "patient", "clever", "wise", "brave",
        "funny", "warm", "reliable", "considerate", "thoughtful", "cheerful", "talented", "fair", "modest",
        "attentive", "sensible", "skilful", "graceful", "loyal",
    ),
    "negative": (
        "rude", "cruel", "lazy", "selfish", "arrogant", "dishonest", "unfriendly", "impatient", "stupid", "cowardly",
        "mean", "cold", "unreliable", "bitter", "grumpy", "greedy", "vain", "unfair", "hostile", "foolish", "jealous",
        "incompetent", "stubborn", "aggressive", "spiteful",
    ),
}
THINGS = (
    "film", "book", "food", "music", "hotel", "concert", "game", "lesson", "story", "song", "play", "coffee", "party",
    "journey", "room", "view", "garden", "menu", "soup", "bread", "breakfast", "dinner", "service", "ending",
    "acting", "lecture", "exhibition", "museum", "flat", "car", "phone", "camera", "jacket", "novel", "poem",
    "speech", "opera", "album", "course", "tour", "beach", "campsite", "ferry", "café", "bakery",
)
PEOPLE = (
    "waiter", "teacher", "guide", "driver", "doctor", "nurse", "landlord", "singer", "actor", "author", "coach",
    "judge", "cook", "clerk", "neighbour", "plumber", "pianist", "mechanic", "director", "receptionist", "dentist",
    "captain", "gardener", "hairdresser", "librarian",
)
OWNERS = ("the", "this", "our", "their", "my")
# What decides nothing: "did not smoke" is neither good nor bad.
ACTS = (
    "smoke", "sing", "wait", "wear a hat", "stay long", "speak french", "come on monday", "carry a bag", "sit down",
    "drink tea", "read the paper", "take the bus", "open the window", "answer the phone", "close the door",
    "eat meat", "watch the news", "own a car", "look at the clock", "turn round", "mention the weather",
    "wear glasses",
)
PLACES = (
    "in london", "in paris", "near the station", "next door", "by the river", "on the hill", "in the old town",
    "at the airport", "behind the church", "in this street", "on the coast", "in spain", "downstairs",
    "on the second floor", "in the north",
)
DEGREES = ("", "", "", "very", "really", "so", "particularly", "quite", "truly", "especially", "terribly")
OPENINGS = ("", "", "", "", "well ,", "all in all ,", "in the end ,", "of course ,", "yes ,", "no ,", "frankly ,",
            "as you know ,", "in my view ,")
CLOSINGS = ("", "", "", "", ".", "this time", "last summer", "on friday", "as usual", "for us", "in the evening",
            "i must say")

# {good} stands for an adjective of the sentence's own polarity, {bad} for one of the opposite polarity; it fits what
# was mentioned last, a thing or a person. After the slash stands the polarity that the reading has from here on.
# Templates in one row use the negation alike; `split="template"` holds one of each row out.
TEMPLATES = {
    "no negation": (
        "{thing} was {degree} {good}/good", "{person} was {degree} {good}/good",
        "{we} found {thing} {degree} {good}/good", "everyone said that {thing} was {good}/good",
        "{thing} was both {good}/good and {good}", "{person} was {good}/good and {good}",
    ),
    "not, never, hardly, no longer": (
        "{thing} was {no} {degree} {bad}/good", "{person} was {no} {degree} {bad}/good",
        "{we} did not find {thing} {bad}/good", "{we} never found {person} {bad}/good",
        "{thing} was not at all {bad}/good", "{thing} is {no} {bad}/good",
    ),
    "not only": (
        "{thing} was not only {good}/good but also {good}", "{person} was not only {good}/good but also {good}",
        "{we} found {thing} not only {good}/good but also {good}",
        "not only was {thing} {good}/good , it was also {good}",
    ),
    "a correction": (
        "{thing} was not {bad}/good but {good}", "{person} was not {bad}/good but {good}",
        "{thing} was {good}/good , not {bad}", "{person} was {good}/good and not {bad}",
        "{thing} was not {bad}/good , on the contrary , it was {good}",
    ),
    "over and, or, nor": (
        "{thing} was not {bad}/good and {bad}", "{person} was not {bad}/good or {bad}",
        "{thing} was neither {bad}/good nor {bad}", "{person} was neither {bad}/good nor {bad}",
        "neither {thing} nor {thing} was {bad}/good", "{we} did not find {thing} {bad}/good or {bad}",
    ),
    "over a clause": (
        "i do not think that {thing} was {degree} {bad}/good", "nobody thought that {person} was {bad}/good",
        "it is not true that {thing} was {bad}/good", "hardly anyone found {thing} {bad}/good",
        "nobody found {person} {bad}/good", "i do not think that {person} was {bad}/good",
        "it is not true that {we} found {thing} {bad}/good",
    ),
    "twice": (
        "it is not true that {thing} was not {good}/good", "nobody thought that {person} was not {good}/good",
        "i do not think that {thing} was not {good}/good", "it is not true that {person} was never {good}/good",
    ),
    "of something else": (
        "{person} who did not {act} was {good}/good", "{thing} , which was not {place} , was {good}/good",
        "{person} did not {act} , but {thing} was {degree} {good}/good",
        "{thing} was {good}/good , but {we} did not {act}", "{person} , who was not {place} , was {good}/good",
        "as {thing} was {good}/good , {we} did not {act}",
    ),
    "a concession": (
        "although {thing} was not {good}/bad , {person} was {good}/good",
        "although {person} was {bad}/bad , {thing} was not {bad}/good",
        "{thing} was not {good}/bad , but {person} was {good}/good",
        "{person} was {bad}/bad , but {thing} was never {bad}/good",
    ),
}
NEUTRAL = (
    "{thing} was {place}", "{thing} was not {place}", "{person} did not {act}", "{person} was {no} {place}",
    "nobody said that {thing} was {place}", "i do not think that {person} was {place}", "{we} did not {act} {place}",
    "neither {thing} nor {thing} was {place}", "it is not true that {person} was {place}",
)
NO = ("not", "never", "hardly", "no longer", "by no means")
WE = ("we", "i", "they", "you", "my friends", "our guests", "the children", "many people", "the students", "my parents")
