"""How American plates look: names, mottoes, colours and pictures per state, as drawn by hand here.

One line a look: ``state|name|motto|ink|top|middle|bottom|name ink|name face|art|band``; colours are
RGB in hexadecimal; a ``*`` after the face slants it; *band* is the colour of bars behind name and
motto, or empty; ``above/below`` where the two differ.
"""

from dataclasses import dataclass, replace
from typing import Final

from models.synth.paint import Colour, rgb


@dataclass(frozen=True, slots=True)
class Look:
    """One state's plate style."""

    name: str
    motto: str
    ink: Colour
    ground: tuple[Colour, Colour, Colour]
    name_ink: Colour
    face: str
    art: str
    band: Colour | None
    foot: Colour | None = None


_LINES: Final = """
al|Alabama|Stars Fell On|1c2c60|f4f6fa|ffffff|ffffff|b01828|slab-600|stars|
al|Alabama|Sweet Home|22305a|9cc4ea|f2e8d0|f6f6f0|b01828|hand-700|ridge|
ak|ALASKA|THE LAST FRONTIER|1c2c84|f4c020|f8cc30|f8cc30|1c2c84|narrow-700|blob|
ak|ALASKA|CELEBRATING STATEHOOD|1a2470|f2b820|fff0a0|ffffff|1a2470|road-800|ridge|
ar|Arkansas|The Natural State|161c40|c8d4ee|f4f4f8|e0e0ea|b01828|serif-700|blob|
az|ARIZONA|GRAND CANYON STATE|1e4c44|48a0b0|f6ecd8|f0a860|1e6c70|slab-600|ridge|
ca|California||1c2c70|f8f8f8|f8f8f8|f4f4f4|c01c30|brush-400||
ca|California|dmv.ca.gov|1c2c70|f6f6f6|fafafa|f6f6f6|d02030|hand-700||
ca|CALIFORNIA||f0c828|14161c|14161c|1a1c20|f0c828|road-600||
ca|California||f0c030|1c3c7c|1c3c7c|1e4080|f0c030|hand-700||
co|COLORADO||f6f8f6|c8d4d0|3c7058|2c6448|1c4c34|slab-600|ridge|
co|COLORADO||1c4c34|e8eeea|f8f8f8|f4f6f4|1c4c34|road-800|ridge|
ct|Connecticut|Constitution State|182848|6ca8e0|c8e0f4|f8fafc|182848|serif-700|connecticut|
ct|Connecticut|Constitution State|20304c|5c9cd8|b0d4f0|f2f6fa|182848|serif-700|connecticut|
ct|Connecticut|Constitution State|182848|68a4dc|b8d8f2|f4f8fc|182848|serif-700|connecticut|
ct|CONNECTICUT|CONSTITUTION STATE|f4f4f4|1c3c84|1c3c84|204490|f4f4f4|road-600||
dc|WASHINGTON, DC|TAXATION|1c3484|ffffff|ffffff|ffffff|1c3484|grotesk-700|bars|
dc|WASHINGTON, DC|END TAXATION|c02430|ffffff|fafafa|ffffff|1c3484|grotesk-700|bars|
de|THE FIRST STATE|DELAWARE|e8c068|14204c|16245a|14204c|e8c068|road-600||
fl|MYFLORIDA.COM|SUNSHINE STATE|1c6c4c|f8f8f4|f8f8f4|f4f8f2|1c6c4c|serif-700|florida|
fl|MYFLORIDA.COM|SUNSHINE STATE|1c6c4c|f0f2ee|f4f4f0|f0f2ee|1c6c4c|serif-700|florida|
fl|FLORIDA|IN GOD WE TRUST|1c6c4c|f8f8f4|f8f8f4|f4f8f2|1c6c4c|serif-700|florida|
fl|FLORIDA|PINELLAS|1c6838|f0f4f0|fcfcf8|f6faf4|1c6838|serif-700|florida|
ga|GEORGIA|COBB|20242c|f4f4f0|fafaf6|f0f0ec|20202c|serif-700||
ga|GEORGIA.gov|FULTON|20242c|f4f4f0|fafaf6|f0f0ec|20202c|serif-700||
ga|GEORGIA|IN GOD WE TRUST|20202c|f4f4f0|fafaf6|e4ecd8|20202c|serif-700||
ga|Georgia|GWINNETT|1e2430|a0c8e4|f8f8f4|f0e8c8|b02c2c|slab-600|peach|
hi|HAWAII|ALOHA STATE|1c1c24|f6f6f6|f8f8f8|f4f4f4|1c1c24|narrow-700|rainbow|
ia|IOWA|POLK|1c2440|90c4e4|e8f4f0|d0e4d0|1c2440|serif-700|ridge|
ia|IOWA||101018|fafafa|fafafa|fafafa|101018|slab-600||
id|IDAHO|FAMOUS POTATOES|20284c|a02840|f6f0f0|f8f8f8|b02038|serif-700|ridge|
il|Illinois|Land of Lincoln|b01c30|e0e0f4|f4f4fa|f0f0f8|2c2c84|brush-400|face|
il|Illinois|Land of Lincoln|a81c30|4c84d0|d8e8f8|f4f8fc|f4f4f8|hand-700|skyline|
in|INDIANA|CROSSROADS OF AMERICA|1c2458|f0f4f8|fafcfc|e0e8f0|1c2458|road-800|stars|
in|INDIANA|IN GOD WE TRUST|f4f4f8|1c2c70|20347c|1c2c70|f4f4f8|road-600|stars|
ks|KANSAS|JOHNSON|1c2c5c|c8d8f0|d4e0f4|dce6f4|1c2c5c|serif-700|face|
ky|KENTUCKY|UNBRIDLED SPIRIT|1c2458|a0bce4|f0f4fa|f8f8fa|1c2c74|slab-600|ridge|
ky|Kentucky|Bluegrass State|1c2c68|b8d8f0|f4fafc|d4ecd8|1c2c68|brush-400||
la|Louisiana|Sportsman's Paradise|1c2454|f4ece0|f8f0e0|f0d8b0|b81c30|sign-400|bird|
ma|Massachusetts|The Spirit of America|b81c30|fafafa|fcfcfc|fafafa|1c4490|slab-600*||
ma|Massachusetts|The Spirit of America|c02838|f4f4f4|fafafa|f4f4f4|1c4490|slab-600*||
ma|MASSACHUSETTS||20784c|fafafa|fafafa|fafafa|20784c|road-600||
md|Maryland|www.maryland.gov|101014|f8f8f8|fafafa|f8f8f8|101014|hand-700||
md|Maryland|www.maryland.gov|14141c|ecece8|f0f0ec|ecece8|101014|hand-700||
md|MARYLAND|WAR OF 1812|14141c|f0f4f8|f8f8f4|f4e8d8|b02030|serif-700|flag|
md|Maryland|Treasure the Chesapeake|1c7458|e8f4f8|f4fafa|c8e4d8|1c4478|hand-700|bird|
me|MAINE|Vacationland|141c1c|f0f4ec|f8faf4|d8e4d4|141c1c|fatslab-400|maine|
me|MAINE|Vacationland|141c1c|f4f4e8|f6f6ee|dce4d0|141c1c|slab-600|maine|
me|MAINE|Lobster|1c2458|f0f0f4|f8f8f8|6894cc|141c30|slab-600|maine|
me|MAINE|Vacationland|1c2448|f0ece0|f4f0e4|ece8d8|1c2448|slab-600|pine|
mi|MICHIGAN|www.michigan.gov|1c2c74|fafafa|fafafa|fafafa|fafafa|slab-600||2448a0
mi|MICHIGAN|PURE MICHIGAN|1c2858|f4f6f8|fafafa|fafafa|2060a0|narrow-700||
mn|Minnesota|10,000 lakes|14245c|78b4d8|e0ecf0|f4f6f4|1c4484|slab-600|ridge|
mo|Missouri|Show-Me State|1c1c34|c8d4ec|f4f4f8|ece8f0|1c3478|serif-700|blob|
mo|MISSOURI|BICENTENNIAL|1c2454|fafafa|fcfcfc|fafafa|a82030|slab-600|bars|
ms|MISSISSIPPI|HINDS|16242c|8cc8b0|f0f4ec|b0d4e0|14342c|slab-600|blob|
mt|MONTANA|TREASURE STATE|f6f6f8|2c5094|3058a0|2c5094|f6f6f8|road-800|outline|
mt|MONTANA|BIG SKY COUNTRY|141c3c|a0c4e8|f4f4f4|e8c8a0|1c2c5c|slab-600|ridge|
nc|First in Flight|NORTH CAROLINA|2c5cb0|f0f0ee|f6f4f0|e8e8ea|c42434|grotesk-700|north_carolina|
nc|First in Flight|NORTH CAROLINA|1c347c|f4f0e8|f8f4ec|f0e4cc|c42434|grotesk-700|north_carolina|
nc|First in Freedom|NORTH CAROLINA|1c347c|f6f4f0|faf8f2|f4ecd8|c42434|slab-600|north_carolina|
nd|Discover the Spirit|NORTH DAKOTA|1c2030|7cb4cc|e8e4cc|c8a870|f4f4f0|hand-700|ridge|
nd|NORTH DAKOTA|Legendary|18202c|283c84|f0c090|3c6c4c|f4f4f4|slab-600|ridge|
ne|Nebraska||14181c|e8f0f8|fcfcfc|f4e8d8|c01c28|sign-400|outline|
ne|NEBRASKA|1867-2017|1c2444|d8e4ec|f8f8f4|e8d8b8|1c2444|slab-600|face|
nh|LIVE FREE OR DIE|HAMPSHIRE|187058|b4d4d8|d4e0e4|c8d4c8|14503c|narrow-700|new_hampshire|
nh|LIVE FREE OR DIE|HAMPSHIRE|14503c|c8d4d8|d8dce8|c0d0c0|14402c|narrow-700|new_hampshire|
nj|New Jersey|Garden State|141414|e0cc6c|ecdc9c|f6f0d8|141414|slab-600||
nj|New Jersey|Garden State|1a1a1a|dcc25c|ecd890|f6ecc0|1a1a1a|slab-600||
nj|New Jersey|Garden State|1a1a1a|ecd468|f0dc88|f6ecb8|1a1a1a|serif-700||
nj|New Jersey|COMMERCIAL|1a1a1a|e4cc74|ecdc9c|f6ecd0|1a1a1a|slab-600||
nj|New Jersey|APPORTIONED|1a1a1a|e4cc74|ecdc9c|f6ecd0|1a1a1a|slab-600||
nm|NEW MEXICO USA|LAND OF ENCHANTMENT|a81c24|f4d028|f4d430|f4d028|a81c24|road-800|zia|
nm|NEW MEXICO|LAND OF ENCHANTMENT|f4d428|2c94a0|30a0ac|2c94a0|f4d428|road-800|zia|
nv|NEVADA|THE SILVER STATE|1c2c58|f0a040|c8d0dc|a8b4c4|141c34|slab-600|ridge|
nv|Nevada|HOME MEANS NEVADA|1a2450|6cb0dc|f0e4d0|e0b080|1c2c5c|hand-700|ridge|
ny|NEW YORK|EMPIRE STATE|1c2448|f0a020|f4a824|f0a020|f4a824|serif-700||1c2448
ny|NEW YORK|EMPIRE STATE|1c2448|eca428|f0a828|eca024|eeb048|slab-600||1c2448
ny|NEW YORK|T&LC|1c2448|e09c30|e8a438|e09c30|f0b048|serif-700||1c2448
ny|NEW YORK|THE EMPIRE STATE|1c2c58|f8f8f8|fafafa|fafafa|f4f4f8|serif-700||1c3468
ny|NEW YORK|EXCELSIOR|1c2438|f6f6f6|fafafa|f0f4f8|1c2848|serif-700|excelsior|
ny|NEW YORK|EXCELSIOR|1c2438|f4f4f4|fafafa|f4f6f8|1c2848|serif-700|excelsior|
ny|NEW YORK|COMMERCIAL|1c2438|f4f4f4|fafafa|f4f6f8|1c2848|serif-700|excelsior|
oh|Ohio|Birthplace of Aviation|1c2454|f4f6f8|fafafa|d8e4d8|b81c2c|sign-400|rays|
oh|OHIO|FIND IT HERE.|141c3c|f4dc90|f8f4ec|b8dce8|1c3468|slab-600|rays|
ok|OKLAHOMA|NATIVE AMERICA|1a2a4c|c4dcec|f4f4f0|e4ece8|1a2a4c|serif-700|bird|
ok|OKLAHOMA|EXPLORE|1c3c70|e4eef6|f8fafa|c8dcec|b02430|slab-600|bird|
or|Oregon||18285c|ccd8f0|e0d8ec|d8e4ec|18285c|hand-700|pine|
or|Oregon|PACIFIC WONDERLAND|f0c428|1c3470|1c3878|1c3470|f0c428|slab-600|ridge|
pa|PENNSYLVANIA|visitPA.com|1c2c5c|fafafa|fafafa|fafafa|fafafa|grotesk-700||1c2c60/f0c030
pa|PENNSYLVANIA|visitPA.com|1c2c5c|f2f2f4|f6f6f6|f2f2f2|fafafa|grotesk-700||1c2c60/e8b830
pa|PENNSYLVANIA|www.state.pa.us|1c2c60|7ca4d8|f8fafc|f4dc60|1c2c60|grotesk-700||
ri|Rhode Island|Ocean State|1c2c58|f0f2f4|f4f6f8|b8c4ca|141c38|serif-700|rhode_island|
ri|Rhode Island|Ocean State|1c2c58|dce4ea|eef2f4|b0bec8|141c38|serif-700|rhode_island|
ri|Rhode Island|Ocean State|101828|c8dcf0|e0ecf4|88b0d8|141c38|slab-600|wave|
sc|South Carolina|Travel2SC.com|1c2448|5488b8|f0e4d8|e89460|1c2448|serif-700|palm|
sc|SOUTH CAROLINA|While I Breathe, I Hope|14284c|f4f6f8|fafafa|f4f4f4|14284c|slab-600|palm|
sd|South Dakota|Great Faces. Great Places.|1c2448|74b0e0|e8ecec|d8d4cc|b81c28|sign-400|face|
tn|Tennessee|The Volunteer State|1c3c34|f0f0ec|d4e4cc|a4c49c|1c3c34|hand-700|ridge|
tn|TENNESSEE|TNvacation.com|f4f4f4|1c2c5c|1c3060|1c2c5c|f4f4f4|slab-600|bars|
tx|TEXAS|The Lone Star State|141420|f6f6f6|fafafa|f6f6f6|141420|slab-600|texas_classic|
tx|TEXAS|The Lone Star State|141820|3c6cb8|78acdc|d8e4ee|f4f4f4|slab-600|texas|
tx|TEXAS|THE LONE STAR STATE|1c2450|f4f4f4|f8f8f8|e8ecf4|b82434|slab-600|stars|
ut|UTAH|LIFE ELEVATED|1c2458|c8dcec|f4ece0|e89c58|1c2458|slab-600|arch|
ut|Utah|GREATEST SNOW ON EARTH|14204c|a8ccec|f6fafc|f0f4f8|14204c|sign-400|ridge|
va|VIRGINIA||1c2858|fafafa|fafafa|fafafa|1c3478|serif-700||
va|Virginia|VIRGINIA IS FOR LOVERS|1c2858|f6f8fa|fafafa|fafafa|1c3478|slab-600||
vt|Vermont|Green Mountain State|f4f6f4|1c5c34|206438|1c5c34|f4f6f4|slab-600|vermont|
vt|Vermont|Green Mountain State|f0f4f0|107050|147858|107050|f0f4f0|slab-600|vermont|
wa|WASHINGTON|EVERGREEN STATE|1c2c64|e4ecf6|c8dcf0|f0f4f8|a82434|narrow-700|peak|
wi|WISCONSIN|America's Dairyland|14141c|f8f8f8|fafafa|fafafa|b81c28|slab-600|ridge|
wv|West Virginia|Wild, Wonderful|1c2c64|fafafa|fafafa|fafafa|f0c030|serif-700||1c347c
wy|WYOMING||18181c|6ca4d4|f0e8dc|c89c6c|18181c|slab-600|peak|
wy|WYOMING|FOREVER WEST|2c2018|a8ccec|f4f0e8|e0c8a0|2c2018|slab-600|peak|
"""


def _parse(line: str) -> tuple[str, Look]:
    state, name, motto, ink, top, middle, bottom, name_ink, face, art, band = line.split("|")
    ground = (rgb(top), rgb(middle), rgb(bottom))
    over, _, under = band.partition("/")
    bars = (rgb(over) if over else None, rgb(under) if under else None)
    look = Look(name, motto, rgb(ink), ground, rgb(name_ink), face, art, *bars)
    if motto.endswith("TAXATION"):
        look = replace(look, motto=f"{motto} WITHOUT REPRESENTATION")
    return f"us-{state}", look


def _table() -> dict[str, tuple[Look, ...]]:
    table: dict[str, tuple[Look, ...]] = {}
    for line in _LINES.strip().splitlines():
        state, look = _parse(line)
        table[state] = (*table.get(state, ()), look)
    return table


LOOKS: Final = _table()
