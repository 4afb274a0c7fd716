"""An agency's file to our list, by a mapping file: no agency's layout stands in code."""

from edge.hotlist.importing.load import load_mapping
from edge.hotlist.importing.mapping import Mapping
from edge.hotlist.importing.run import Imported, import_list

__all__ = ["Imported", "Mapping", "import_list", "load_mapping"]
