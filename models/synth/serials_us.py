"""Serial formats of the fifty states and the District of Columbia; see formats.py for the marks."""

from typing import Final

_PATTERNS: Final[dict[str, str]] = {
    "al": "#@##### 2|##@####|##@@###|#@@####",
    "ak": "@@@ ### 3|@@@###",
    "az": "@@@#### 3|@@@ ####|@#@ #@#",
    "ar": "### @@@ 2|@@@ ##@|@@@ ###",
    "ca": "#@@@### 6|#@#####|#####@#|##@####",
    "co": "###-@@@ 2|@@@-###|@@@-@##",
    "ct": "@@ ##### 3|###-@@@ 2|#@@-@@#|### @@@|@-#####|##@@##",
    "dc": "@@ #### 4|H#####",
    "de": "###### 3|#####|######",
    "fl": "@@@ @## 3|### @@@|@@## @@|@## #@@|####@@",
    "ga": "@@@ ####|@@@#### 2|#### @@@",
    "hi": "@@@ ###",
    "ia": "@@@ ###|### @@@",
    "id": "#@ @####|#@ #####|@ ######|##@ ####",
    "il": "@@ ##### 2|@## ####|### ####",
    "in": "###@@|###@@@ 2|#######|@@@ ###",
    "ks": "### @@@ 2|####@@@",
    "ky": "### @@@ 2|@#@ ###",
    "la": "@@@ ###|### @@@ 2",
    "ma": "### @@# 2|#@@ @##|#@@ ###|##@@##|@@@ ###",
    "md": "#@@#### 4|#@@ ####|@@@ ###|##@@##",
    "me": "#### @@ 2|### @@@|@@ ####|@@@ ###",
    "mi": "@@@ #### 3|#@@@##|@@@####",
    "mn": "###-@@@ 2|@@@-###",
    "mo": "@@#-@#@ 2|###-@@@|#@@ @#@",
    "ms": "@@@ ### 2|@@@ ####|###-@@@",
    "mt": "#####@|##@####|# #####@|@@@###",
    "nc": "@@@-####",
    "nd": "### @@@|@@@ ###",
    "ne": "@@@ ### 2|##-@###|#-@@###",
    "nh": "### #### 2|#######|######",
    "nj": "@##-@@@ 3|@@@-##@ 2|@@@ ##@|@@-###@|@@####@",
    "nm": "###-@@@|@@@-###|@@@@##",
    "nv": "###-@@@|##@-###|###-@## 2|### @@@",
    "ny": "@@@-#### 8|@@@ ####|T######C 1|#####-@@|@@@####|#@##",
    "oh": "@@@ #### 3|@@## @@|@@@####",
    "ok": "###-@@@|@@@-### 2|@@@ ###",
    "or": "### @@@ 2|@@@ ###|#@@ ###",
    "pa": "@@@ #### 2|@@@-#### 3|@@@####|Z@@ ####",
    "ri": "@@-###|######|#@@ ###|### ###",
    "sc": "@@@ ### 2|### @@@|#### @@",
    "sd": "#@@ ###|##@ ###|#@ ####|## @###",
    "tn": "@##-##@|###-@@@|@@@ ####|#@#-#@#",
    "tx": "@@@-#### 3|@@# @###|### @@@|@@@ @##|@##-@@@",
    "ut": "@## #@@|### @@@|#@# @@|@###@@",
    "va": "@@@-#### 3|@@@ ###|@@@####",
    "vt": "@@@ ### 3|###@###",
    "wa": "@@@#### 2|###-@@@|@@@ ####",
    "wi": "@@@-####|###-@@@ 2|@@@ ####",
    "wv": "#@@ ### 2|##@ ###|@@@ ###",
    "wy": "##-#####|#-#####|## ###@@|#-###@",
}


def _parse(line: str) -> tuple[tuple[float, str], ...]:
    """Split ``pattern weight|pattern``; a weight is a lone digit after a blank, 1 if absent."""
    formats = []
    for part in line.split("|"):
        pattern, _, weight = part.rpartition(" ")
        if pattern and len(weight) == 1 and weight.isdigit():
            formats.append((float(weight), pattern))
        else:
            formats.append((1.0, part))
    return tuple(formats)


US_SERIALS: Final = {f"us-{state}": _parse(line) for state, line in _PATTERNS.items()}

VANITY_WORDS: Final = tuple(
    "SLEEP SUNNY MOMSVAN GOLFER BEACH HIKER RUNNER SAILOR PIANO JAZZY ROCKET COFFEE LUCKY TURBO "
    "DADSCAR SKIBUM TEACHER NURSE1 DOCTOR CHEF PILOT GRANNY PAPA MAMA2 FISHING BOATER CATLADY "
    "DOGMOM WOOF MEOW IMLATE GR8DAY 2FAST4U LUV2SKI GO4IT B4LONG QTPIE OHBOY BIGRED BLUBIRD "
    "GREEN1 EVGUY NOGAS ZOOMZM VROOM QUIET HOWDY ALOHA SURFIN KAYAK BIKER CAMPER YODEL IGLOO "
    "OASIS OZONE QUAKER DAISY ROSE77 IRIS LILLY BUDDY ACE KING QUEEN7 JOKER DUCK GOOSE1 BEAR "
    "WOLF EAGLE HAWK88 FALCON ORIOLE ROBIN DOVE ISLAND OCEAN RIVER1 LAKE MTNMAN VALLEY".split()
)
