"""Write ``asyncapi.yaml`` anew after a change of the models: ``python -m edge.messages``."""

from edge.messages.document import FILE, as_yaml, document

FILE.write_text(as_yaml(document()), "utf-8")
