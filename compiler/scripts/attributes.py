#!/usr/bin/env python3
"""Prints the attributes of each element of PMML, from the standard's schema: a line for each element that has any.

compiler/scripts/attributes.py pmml.xsd > compiler/src/document/attributes.txt
compiler/scripts/attributes.py --required pmml.xsd     those that must be there, for tests/messages/required.txt
"""

import sys
import xml.etree.ElementTree as ElementTree

XS = "{http://www.w3.org/2001/XMLSchema}"


def attributes(node, types, only_required):
    """Yields the names of the attributes that a declaration has, those of the type it extends included."""
    if base := types.get(node.get("type") or node.get("base")):
        yield from attributes(base, types, only_required)
    for child in node:
        if child.tag == XS + "attribute":
            if not only_required or child.get("use") == "required":
                yield child.get("name")
        elif child.tag != XS + "element":
            yield from attributes(child, types, only_required)


def main(path, only_required):
    schema = ElementTree.parse(path).getroot()
    types = {node.get("name"): node for node in schema.findall(XS + "complexType")}
    for element in sorted(schema.findall(XS + "element"), key=lambda element: element.get("name")):
        names = sorted(set(attributes(element, types, only_required)))
        for line in names if only_required else [" ".join(names)] if names else []:
            print(element.get("name"), line)


if __name__ == "__main__":
    main(sys.argv[-1], "--required" in sys.argv)
