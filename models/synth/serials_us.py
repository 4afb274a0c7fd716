"""Serial formats of the fifty states and the District of Columbia; see formats.py for the marks.

Source: the states' entries in Wikipedia's lists of passenger, commercial and taxi serials,
spotters' notes on which letters were seen on plates that nobody chose, and labels of photographs.
"""

from typing import Final

_PATTERNS: Final[dict[str, str]] = {
    "al": "#@##### 2|##@####|##@@###|#@@####",
    "ak": "@@@ ### 3|@@@###",
    "az": "@@@#### 3|@@@ #### 2|@#@#@#@|@@@#@@",
    "ar": "### @@@ 2|@@@ ##@ 3|@@@ ###",
    "ca": "#@&@### 8|#@##### 1|#####@# 2|##@####",
    "co": "###-@@@ 2|@@@-### 2|@@@-@## 2",
    "ct": "@@ ##### 5|###-&&& 3|#@@-@@# 1|@-##### 1|C ##### 1|Z#####Z 1|##@@##",
    "dc": "@@ #### 4|H#####",
    "de": "###### 3|#####|######",
    "fl": "@@@ @## 4|### @@@ 2|@## #@@ 2|@@## @@|## @@@@|@@@ ##@",
    "ga": "@@@ #### 5|@@@####|#### @@@",
    "hi": "@@@ ###",
    "ia": "@@@ ###|### @@@",
    "id": "#@ @####|#@ #####|@ ######|##@ ####",
    "il": "@@ ##### 2|@## ####|### ####",
    "in": "###@@|###@@@ 2|#######|@@@ ###",
    "ks": "### @@@ 2|####@@@",
    "ky": "### @@@ 2|@#@ ###",
    "la": "@@@ ###|### @@@ 2",
    "ma": "#@@@ ## 3|#@@ @## 2|### @@# 2|##@ @## 2|#### @@ 2|### #@@|### @@@|@## ###",
    "md": "#@@#### 5|@@@ ### 2|#@@ @## 2|###@###|### ##@|##@###",
    "me": "#### @@ 5|### @@@ 2|###-###|@@ ####",
    "mi": "@@@ #### 3|#@@@##|@@@####",
    "mn": "###-@@@ 2|@@@-###",
    "mo": "@@#-@#@ 3|###-@@@|#@@ @#@",
    "ms": "@@@ ### 2|@@@ ####|###-@@@",
    "mt": "#####@|##@####|# #####@|@@@###",
    "nc": "@@@-#### 8|@@ ####",
    "nd": "### @@@|@@@ ###",
    "ne": "@@@ ### 2|##-@###|#-@@###",
    "nh": "### #### 2|#######|######",
    "nj": "@##-@@@ 4|@@@-##@ 3|X@@-@## 1|@@-###@ 1|A@-###@|@@####@",
    "nm": "###-@@@|@@@-###|@@@@##",
    "nv": "###-@@@ 2|##@-### 3|###-@## 2|### @@@",
    "ny": "@@@-#### 9|@@@ #### 2|T######C 1|Y######C|#####-@@ 2|@@@####",
    "oh": "@@@ #### 5|@@## @@|@@@####",
    "ok": "###-@@@|@@@-### 2|@@@ ###",
    "or": "### @@@ 2|@@@ ###|#@@ ###",
    "pa": "@@@-#### 6|@@@####|Z@@-#### 1|Y@@-####",
    "ri": "@@-### 2|###-### 3|#@@ ### 3|######|@@ ####",
    "sc": "@@@ ### 2|### @@@|#### @@",
    "sd": "#@@ ###|##@ ###|#@ ####|## @###",
    "tn": "@##-##@|###-@@@|@@@ ####|#@#-#@#",
    "tx": "%%%-#### 4|%%#-%### 4|###-%%% 2|%%%####|%##-%%%",
    "ut": "@## #@@|### @@@|#@# @@|@###@@",
    "va": "@@@-#### 6|@@@ ####|T@@-####|@@ ####",
    "vt": "@@@ ### 5|###@###|### @###",
    "wa": "@@@#### 4|###-@@@ 2|C#####@|@@@ ####",
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

_PLAIN: Final = "ABCDEFGHJKLMNPRSTUVWXYZ"
_NO_U: Final = "ABCDEFGHJKLMNPRSTVWXYZ"
_WITH_Q: Final = "ABCDEFGHJKLMNPQRSTUVWXYZ"
_NO_O: Final = "ABCDEFGHIJKLMNPQRSTUVWXYZ"
_ALL: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

# the letters of serials that nobody chose, where a state leaves out others than I, O and Q
US_LETTERS: Final[dict[str, str]] = {
    f"us-{state}": letters
    for letters, states in (
        (
            _PLAIN,
            "ak al ar ct dc hi ia il ky la ma mn mo ms mt nd nh nj nm nv ny sd ut va vt wa wi",
        ),
        (_NO_U, "az md pa"),
        (_WITH_Q, "in ks me mi ok or tn"),
        (_NO_O, "fl ga ne nc oh sc"),
        (_ALL, "co ri"),
    )
    for state in states.split()
}

VANITY_WORDS: Final = tuple(
    "SLEEP SUNNY MOMSVAN GOLFER BEACH HIKER RUNNER SAILOR PIANO JAZZY ROCKET COFFEE LUCKY TURBO "
    "DADSCAR SKIBUM TEACHER NURSE1 DOCTOR CHEF PILOT GRANNY PAPA MAMA2 FISHING BOATER CATLADY "
    "DOGMOM WOOF MEOW IMLATE GR8DAY 2FAST4U LUV2SKI GO4IT B4LONG QTPIE OHBOY BIGRED BLUBIRD "
    "GREEN1 EVGUY NOGAS ZOOMZM VROOM QUIET HOWDY ALOHA SURFIN KAYAK BIKER CAMPER YODEL IGLOO "
    "OASIS OZONE QUAKER DAISY ROSE77 IRIS LILLY BUDDY ACE KING QUEEN7 JOKER DUCK GOOSE1 BEAR "
    "WOLF EAGLE HAWK88 FALCON ORIOLE ROBIN DOVE ISLAND OCEAN RIVER1 LAKE MTNMAN VALLEY".split()
)
