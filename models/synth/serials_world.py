"""Serial formats outside the United States; see formats.py for the marks.

``{}`` stands for one of the place's codes (:data:`_CODES`): towns, provinces, years. Where a format
leaves a letter out, or never starts a number with 0, that is what decides 0/O and 1/I.

Source: each country's article "Vehicle registration plates of ..." in the English Wikipedia.
"""

from typing import Final

_PATTERNS: Final[dict[str, str]] = {
    "eu-de": "{} @@ !###|{} @@ !##|{} @ !###|{} @@ !#|{} @ !##|{} @@ !###",
    "eu-fr": "@@-###-@@|@@-###-@@|@@-###-@@|@@-###-@@|!### @@ ##|!## @@@ ##",
    "eu-nl": "##-@@-@@|##-@@-##|##-@@@-#|@-###-@@|@@-###-@|@@-@@-##|@-##-@@@|#-@@@-##|@@-##-@@",
    "eu-es": "#### %%%|#### %%%|#### %%%|#### %%%|M-####-@@|B-####-@@",
    "eu-it": "@@ ###@@|@@ ###@@|@@ ###@@|@@ #####",
    "eu-pl": "{} #####|{} ####|{} ####%|{}@ %###|{} ###%%|{}@ ##%%|{}@ #%###|{}@ %##%%|{}@ #####",
    "eu-cz": "#{}# ####|#{}# ####|#{}% ####",
    "eu-sk": "{} ###@@",
    "eu-at": "{} !###@|{} !##@@|{} !##@|{} !####@|{} !#@@@|{} !@@@",
    "eu-be": "1-@@@-###|1-@@@-###|2-@@@-###|@@@-###|###-@@@|Q-@@@-###|Q@@-###",
    "eu-se": "@@@ ###|@@@ ###|@@@ ##%",
    "eu-dk": "@@ !# ###|@@ !####|@@ !####",
    "eu-no": "@@ !####",
    "eu-fi": "@@@-!##|@@@-!##|@@@-!#|@@@-!|@@-!##",
    "eu-hu": "@@@-###|@@@-###|AA @@-###|AA @@-###",
    "eu-si": "{} @@-###|{} @#-###|{} ##-@@#|{} #@-###|{} @@-@##|{} ##-###",
    "eu-hr": "{} ####-@@|{} ###-@@|{} ###-@|{} ####-@",
    "eu-ro": "{} ## @@@|{} ## @@@|B ### @@@|B ## @@@",
    "eu-bg": "{} #### @@",
    "eu-pt": "##-##-@@|##-@@-##|##-@@-##|@@-##-@@",
    "eu-ie": "{}-D-!####|{}-D-!####|{}-C-!####|{}-G-!###|{}-KE-!###|{}-MH-!###|{}-WX-!##|"
    "{}-L-!###|{}-CW-!##|{}-LK-!###|{}-WW-!###|{}-TS-!##|{}-RN-!##|{}-KY-!###|{}-DL-!###|"
    "{}-LH-!###",
    "eu-lu": "@@ ####|@@ ####|!####|!###",
    "eu-lt": "@@@ ###",
    "eu-lv": "@@-!###|@@-!###|@@-!##",
    "eu-ee": "### @@@",
    "eu-gr": "@@@-!###",
    "eu-mt": "@@@ ###",
    "eu-is": "@@-###|@@@-##|@@ @##",
    "eu-by": "#### @@-#|#### @@-#|##@@ ####",
    "eu-tr": "## @@@ ##|## @@ ###|## @ ####|## @@@ ###|## @@ ####",
    "eu-cy": "@@@ ###",
    "ch": "{} !#####|{} !#####|{} !####|{} !###|{} !##",
    "ua": "{} #### @@",
    "rs": "{} ###-@@|{} ####-@@|{} ###-@@",
    "uk": "@@{} @@@|@@{} @@@|@@{} @@@|@@{} @@@|@@{} @@@|@@{} @@@|@@{} @@@|@@{} @@@|"
    "@@{} @@@|@@{} @@@|@@{} @@@|@@{} @@@|@@{} @@@|@@{} @@@|@@{} @@@|@@{} @@@|"
    "%!## @@@|%!# @@@|@@@ !##%|@@Z !###|@IZ !###|@IL !###|@! @@@|@@@ !|!# @@|! @@@|@@ !#|"
    "!## @|@@@ !#|@@@ !##",
    "br": "@@@-####|@@@-####|@@@#@##",
    "in": "{}##@@####|{}##@####|{}##@@####|{} ## @@ ####|{} ## @ ####|{} ## @@ ####|"
    "{}-##-@@-####|{}-##-@-####|{}## @@ ####|{}## @####|{} ## @@####|{}##@@ ####|"
    "{} ## @@.####|{} ## @@ ###|{} ## @@ ##|DL # C @@ ####|DL#C@@####|DL!C@ ####|"
    "DL#CAF####|{}-##-TC-###|{} ## TC ####|##BH####@@|## BH #### @|{} ## ####|{}##-@@-####|"
    "{}-##@@-####|{} ##.@@.####",
    "ar": "@@@ ###|@@ ### @@",
    "my": "@@@ !###|@@@ !###|W@@ !###|W !### @|V@@ !###|J@@ !###|B@@ !###|P@@ !##|W@ !### @|"
    "@@@ !##|@@@ !#|@@ !###|Q@@ !###",
    "vn": "{}@-###.##|{}@-####|{}@-#####|{}@ ####|{}@!-####|{}@!-###.##|{}@-###.##",
    "pk": "@@@ ####|@@-###|@@@-###|@@@-##-###|@@@ ###|@@-####|@@@-####",
    "il": "##-###-##|##-###-##|###-##-###",
}

_CODES: Final[dict[str, str]] = {
    "eu-de": "B M K HH F S D DO E L DD N HB H HD KA MA KL TR WI DA OF BN AC MS OS OL HRO IZ "
    "DU BO GE RE UN HSK SO PB LIP GT BI HF MI NI CE GF BS WOB GS UL RV FN KN VS FR OG BAD "
    "PF LB ES GP AA HN IN R PA LA RO TS EBE FFB DAH FS ED A KE MN AB BA BT HO WUN Z C J EF "
    "G SHK IK MD HAL DE WB P OHV TF PM LDS HVL SPN FF BAR UM MOL SN NWM IGB QLB WOR OHZ "
    "DIZ IL OI",
    "eu-pl": "WA WB WE WI WX WZ WU KR KN PO PY GD GA GS SK SZ SL SO SR DW DB DJ LU LL EL ES "
    "ZS ZK OP OB RZ RK BI BS NO NE FZ FG TK TS CB CT WP WG KT KO",
    "eu-cz": "A A B C E H J K L M P S T U Z",
    "eu-sk": "BA BL KE KS ZA BB TT NR PO TN TO LM MT PP PK DS SC SN GA DT ZV RK IL HC VT",
    "eu-at": "W W G L S I K B BN BR FR GU KL IL IM HA KB KU LA LB LL LZ ME MD MI MU NK OW PL "
    "RO SL SP UU VB VK VI WB WL WN WT ZE ZT",
    "eu-si": "LJ LJ MB CE GO KK KP KR MS NM PO SG",
    "eu-hr": "ZG ZG ST RI OS PU ZD VU KA VZ DU SB BJ IM KR OG GS MA NG",
    "eu-ro": "AB AR AG BC BH BN BT BV BR BZ CS CL CJ CT CV DB DJ GL GR GJ HR HD IL IS IF MM "
    "MH MS NT OT PH SM SJ SB SV TR TM TL VS VL VN",
    "eu-bg": "A B BH BP BT C CA CB CC CH CM CO CT E EB EH H K KH M OB P PA PB PK PP T TX X Y",
    "eu-ie": "95 97 98 99 00 01 02 03 04 05 06 07 08 09 10 11 12 131 132 141 142 151 152 161 "
    "162 171 181 191 201 211 221 231",
    "ch": "ZH ZH BE VD AG SG GE LU TI VS FR BL TG SO GR BS NE SZ ZG SH JU AR NW GL OW UR AI",
    "ua": "AA KA AB AC AE AH AI AK AM AO AP AT AX BA BB BC BE BH BI BK BM BO BT BX CA CB CE CH",
    "rs": "BG BG NS NI KG SU ZR PA SA VA KS LE UE CA JA SM SO VR",
    "uk": "02 03 04 05 06 07 08 09 10 11 12 13 14 15 16 17 18 19 20 21 22 23 51 52 53 54 55 "
    "56 57 58 59 60 61 62 63 64 65 66 67 68 69 70 71 72 73",
    "in": "MH MH MH DL HR HR KA KL KL KL TN TN UP GJ RJ TS AP WB PB MP OR OD BR JH CG UK HP "
    "GA CH PY AS JK ML MN",
    "vn": "11 12 14 15 17 18 19 20 22 24 26 29 30 30 34 36 37 38 43 47 49 50 51 51 52 53 54 "
    "56 59 60 61 62 63 65 66 67 68 70 71 72 74 75 76 77 78 79 81 86 88 89 90 92 93 94 95 "
    "98 99",
}


def _expanded(code: str, line: str) -> tuple[tuple[float, str], ...]:
    """Return the patterns with every code of the place put in; each pattern keeps its weight."""
    out = []
    for pattern in line.split("|"):
        codes = _CODES[code].split() if "{}" in pattern else [""]
        out += [(1 / len(codes), pattern.replace("{}", one)) for one in codes]
    return tuple(out)


WORLD_SERIALS: Final = {code: _expanded(code, line) for code, line in _PATTERNS.items()}

_NO_IO: Final = "ABCDEFGHJKLMNPQRSTUVWXYZ"
_ALL: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

# letters that a country gives out, where that isn't the common set (no I, O, Q)
WORLD_LETTERS: Final[dict[str, str]] = {
    "eu-gr": "ABEHIKMNOPTXYZ",
    "eu-bg": "ABCEHKMOPTXY",
    "eu-de": _ALL,
    "eu-fr": "ABCDEFGHJKLMNPQRSTVWXYZ",
    "eu-nl": "BDFGHJKLNPRSTVXZ",
    "eu-it": "ABCDEFGHJKLMNPRSTVWXYZ",
    "eu-pl": "ABCDEFGHIJKLMNOPRSTUWYZ",
    "eu-at": "ABCDEFGHIJKLMNOPRSTUVWXYZ",
    "eu-se": "ABCDEFGHJKLMNOPRSTUWXYZ",
    "eu-dk": "ABCDEHJKLMNPRSTUVXYZ",
    "eu-no": "ABCDEFHJKLNPRSTUVXYZ",
    "eu-fi": "ABCEFGHIJKLMNOPRSTUVXYZ",
    "eu-hu": "ABCDEFGHIJKLMNOPRSTUVXYZ",
    "eu-si": "ABCDEFGHIJKLMNOPRSTUVZ",
    "eu-hr": "ABCDEFGHIJKLMNOPRSTUVZ",
    "eu-sk": "ABCDEFGHIJKLMNOPRSTUVXYZ",
    "eu-pt": _ALL,
    "eu-lt": "ABCDEFGHIJKLMNOPRSTUVZ",
    "eu-lv": "ABCDEFGHIJKLMNOPRSTUVZ",
    "eu-ee": "ABCDEFGHIJKLMNOPRSTUVXYZ",
    "eu-mt": "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "eu-by": "ABCEHIKMOPTX",
    "eu-is": "ABDEFGHIJKLMNOPRSTUVXYZ",
    "ua": "ABCEHIKMOPTX",
    "uk": "ABCDEFGHJKLMNOPRSTUVWXYZ",
    "br": _ALL,
    "ar": _ALL,
    "in": _NO_IO,
    "my": "ABCDEFGHJKLMNPQRSTUVWXY",
    "vn": "ABCDEFGHKLMNPSTUVXYZ",
}
