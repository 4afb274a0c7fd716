"""Which of our jurisdictions a model means by the name of a region.

Models name regions as their authors please: "Germany", "USA", "Texas". Only what can mean one
thing has a code; a country whose states have plates of their own (United States, Canada,
Australia) has none, for its name does not say which.
"""

from typing import Final

from edge.vision.cards import UNKNOWN

_STATES: Final = """
al alabama;ak alaska;az arizona;ar arkansas;ca california;co colorado;ct connecticut;de delaware;
dc district of columbia;fl florida;hi hawaii;id idaho;il illinois;in indiana;ia iowa;
ks kansas;ky kentucky;la louisiana;me maine;md maryland;ma massachusetts;mi michigan;mn minnesota;
ms mississippi;mo missouri;mt montana;ne nebraska;nv nevada;nh new hampshire;nj new jersey;
nm new mexico;ny new york;nc north carolina;nd north dakota;oh ohio;ok oklahoma;or oregon;
pa pennsylvania;ri rhode island;sc south carolina;sd south dakota;tn tennessee;tx texas;ut utah;
vt vermont;va virginia;wa washington;wv west virginia;wi wisconsin;wy wyoming
"""
_UNION: Final = """
at austria;be belgium;bg bulgaria;cy cyprus;cz czechia;cz czech republic;de germany;dk denmark;
ee estonia;es spain;fi finland;fr france;gr greece;hr croatia;hu hungary;ie ireland;it italy;
lt lithuania;lu luxembourg;lv latvia;mt malta;nl netherlands;no norway;pl poland;pt portugal;
ro romania;se sweden;si slovenia;sk slovakia
"""
_OTHERS: Final = """
uk united kingdom;uk great britain;uk england;al albania;ad andorra;am armenia;ar argentina;
az azerbaijan;ba bosnia and herzegovina;bo bolivia;br brazil;by belarus;ch switzerland;cl chile;
cn china;co colombia;cr costa rica;do dominican republic;ec ecuador;eg egypt;id indonesia;il israel;
in india;ir iran;is iceland;jp japan;ke kenya;kr south korea;kz kazakhstan;li liechtenstein;
ma morocco;mc monaco;md moldova;me montenegro;mk north macedonia;my malaysia;ng nigeria;
nz new zealand;pa panama;pe peru;ph philippines;pk pakistan;py paraguay;rs serbia;ru russia;
sg singapore;sm san marino;th thailand;tn tunisia;tr turkey;tr turkiye;tr türkiye;tw taiwan;
ua ukraine;uy uruguay;uz uzbekistan;ve venezuela;vn vietnam;xk kosovo;za south africa
"""


def _table(text: str, before: str) -> dict[str, str]:
    lines = (entry.strip().split(" ", 1) for entry in text.replace("\n", "").split(";"))
    return {name: before + code for code, name in lines}


_CODES: Final = {
    **_table(_STATES, "us-"),
    **_table(_UNION, "eu-"),
    **_table(_OTHERS, ""),
}


def code_of(name: str) -> str:
    """Return the code of the region that a model calls *name*; ``unknown`` where none is sure."""
    words = " ".join(name.casefold().replace("_", " ").replace("-", " ").split())
    return _CODES.get(words, UNKNOWN)
