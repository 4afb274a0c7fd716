"""Serial formats outside the United States; see formats.py for the marks."""

from typing import Final

_PATTERNS: Final[dict[str, str]] = {
    "eu-de": "@ @@ ####|@@ @@ ###|@@@ @@ ##|@@ @ ####|@@@ @ ###|@@ @@ ####|@ @@ ###|@@@ @@ ###|"
    "@ @ ####",
    "eu-fr": "@@-###-@@|@@-###-@@|@@-###-@@|@@-###-@@|#### @@ ##|### @@@ ##",
    "eu-nl": "##-%%-%%|##-%%-##|##-%%%-#|%-###-%%|%%-###-%|%%-%%-##|%-##-%%%|#-%%%-##",
    "eu-es": "#### %%%|#### %%%|#### %%%|M-####-@@|B-####-@@",
    "eu-it": "@@ ###@@",
    "eu-pl": "@@ #####|@@@ ####|@@ ####@|@@@ @###|@@ ###@@",
    "eu-cz": "#@# ####|#@@ ####|#@# ####",
    "eu-sk": "@@ ###@@",
    "eu-at": "@ #####@|@@ ###@@|@ ####@|@@ ####@|W-#####@",
    "eu-be": "#-@@@-###|@@@-###|###-@@@",
    "eu-se": "@@@ ###|@@@ ##@",
    "eu-dk": "@@ ## ###|@@ #####",
    "eu-no": "@@ #####",
    "eu-fi": "@@@-###|@@@-##",
    "eu-hu": "@@@-###|AA @@-###",
    "eu-si": "LJ @@-###|MB @#-###|KR ##-@@#",
    "eu-hr": "ZG ####-@@|ST ###-@@|RI ###-@|@@ ####-@",
    "eu-ro": "@@ ## @@@|B ### @@@|B ## @@@",
    "eu-bg": "@@ #### @@|@ #### @@|CB #### @@",
    "eu-pt": "##-##-@@|##-@@-##|@@-##-@@",
    "eu-ie": "##-D-#####|###-D-####|###-@@-###|##-@@-####",
    "eu-lu": "@@ ####|#####",
    "eu-lt": "@@@ ###",
    "eu-lv": "@@-####",
    "eu-ee": "### @@@",
    "eu-gr": "@@@-####",
    "ch": "@@ ######|@@ #####|@@ ####",
    "ua": "@@ #### @@",
    "rs": "@@ ###-@@|@@ ####-@@",
    "uk": "@@## @@@|@@## @@@|@@## @@@|@@## @@@|@### @@@|@## @@@|@@@ ###@|@@@ ####|@@ ####",
    "br": "@@@-####|@@@-####|@@@#@##",
    "in": "MH##@@####|DL#@@@####|KA##@####|HR##@@####|TN##@@####|KL##@####|UP##@@####|"
    "MH ## @@ ####|HR ## @@ ####|DL # @@ ####|GJ ## @@ ####|RJ ## @@ ####|TS ## @@ ####|"
    "WB ## @ ####|AP ## @@ ####|PB ## @@ ####|KL ## @ ####",
    "ar": "@@@ ###|@@ ### @@",
    "my": "@@@ ####|W #### @|V@ ####|W@@ ####|J@@ ####|B@@ ###|P@@ ##",
    "vn": "##@-###.##|##@-####|##@-#####|##-@# ####|##-@# ###.##",
    "pk": "@@@ ####|@@-###|@@@-###",
    "il": "##-###-##|###-##-###",
}

WORLD_SERIALS: Final = {
    code: tuple((1.0, pattern) for pattern in line.split("|")) for code, line in _PATTERNS.items()
}

# letters that a country gives out, where that is fewer than the common set
WORLD_LETTERS: Final[dict[str, str]] = {
    "eu-gr": "ABEHIKMNOPTXYZ",
    "eu-bg": "ABCEHKMOPTXY",
    "eu-de": "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "eu-it": "ABCDEFGHJKLMNPRSTVWXYZ",
    "ua": "ABCEHIKMOPTX",
    "uk": "ABCDEFGHJKLMNOPRSTUVWXYZ",
    "br": "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "ar": "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "my": "ABCDEFGHJKLMNPQRSTUVWXY",
    "vn": "ABCDEFGHKLMNPSTUVXYZ",
}
