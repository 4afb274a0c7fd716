"""The certificate of commissioning as one page that needs nothing from elsewhere."""

from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from edge.messages.certificate import Certificate

_WORDS: Final = {True: "pass", False: "FAIL", None: "not judged"}


def certificate_page(certificate: Certificate, number: str) -> str:
    """Return the page, for print (A4) and for phones.

    Args:
        number: digest of the signed document, which stands on the unit's chain.
    """
    environment = Environment(
        loader=PackageLoader("edge.web"), autoescape=True, undefined=StrictUndefined
    )
    template = environment.get_template("certificate.html")
    return template.render(c=certificate, number=number, words=_WORDS)
