#!/usr/bin/env python3
"""Prints the attributes of each element of PMML, from the standard's schema: a line for each element that has any.

    compiler/scripts/attributes.py pmml.xsd > compiler/src/pmml/attributes.txt
"""
import sys
import xml.etree.ElementTree as ElementTree

XS = "{http://www.w3.org/2001/XMLSchema}"


def attributes(node, types):
    """Yields the names of the attributes that a declaration has, those of the type it extends included."""
    if base := types.get(node.get("type") or node.get("base")):
        yield from attributes(base, types)
    for child in node:
        if child.tag == XS + "attribute":
            yield child.get("name")
        elif child.tag != XS + "element":
            yield from attributes(child, types)


def main(path):
    schema = ElementTree.parse(path).getroot()
    types = {node.get("name"): node for node in schema.findall(XS + "complexType")}
    for element in sorted(schema.findall(XS + "element"), key=lambda element: element.get("name")):
        if names := sorted(set(attributes(element, types))):
            print(element.get("name"), *names)


if __name__ == "__main__":
    main(sys.argv[1])
