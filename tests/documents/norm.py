"""What the norm says of an electronic invoice: Factur-X's schema, and the rules of EN 16931 as it publishes them."""

from __future__ import annotations

import io
import re
from functools import cache
from importlib.resources import files
from xml.etree import ElementTree as ET

import pypdf
from facturx import get_xml_from_pdf, xml_check_xsd
from saxonche import PySaxonProcessor, PyXslt30Processor, PyXsltExecutable

from store.documents.cii_element import NAMESPACES

RULES = "xsd_and_schematron/facturx-en16931/FACTUR-X_EN16931.xslt"
_FAILED = re.compile(r"<svrl:failed-assert.*?</svrl:failed-assert>", re.DOTALL)
_TEXT = re.compile(r"<svrl:text>(.*?)</svrl:text>", re.DOTALL)


def broken_rules(xml: bytes) -> list[str]:
    """The rules of EN 16931 that the XML breaks, as sentences. Raises for one that the schema doesn't know."""
    xml_check_xsd(xml, flavor="factur-x", level="en16931")
    _, executable = _rules()
    report = executable.transform_to_string(xdm_node=_processor().parse_xml(xml_text=xml.decode()))
    assert "svrl:fired-rule" in report
    return [" ".join(_TEXT.search(found)[1].split()) for found in _FAILED.findall(report)]


def embedded(pdf: bytes) -> bytes:
    """The XML inside a PDF, as a receiver's program finds it."""
    name, xml = get_xml_from_pdf(pdf, check_xsd=True, check_schematron=False)
    assert name == "factur-x.xml"
    return xml


def metadata_of(pdf: bytes) -> str:
    return pypdf.PdfReader(io.BytesIO(pdf)).trailer["/Root"]["/Metadata"].get_object().get_data().decode()


def texts(xml: bytes, path: str) -> list[str]:
    """The texts of the elements at a path of local names, e.g. "SellerTradeParty/Name"."""
    steps = "/".join(f"{{*}}{name}" for name in path.split("/"))
    return [element.text for element in ET.fromstring(xml).findall(f".//{steps}", NAMESPACES)]


@cache
def _processor() -> PySaxonProcessor:
    return PySaxonProcessor(license=False)


@cache
def _rules() -> tuple[PyXslt30Processor, PyXsltExecutable]:
    xslt = _processor().new_xslt30_processor()
    return xslt, xslt.compile_stylesheet(stylesheet_file=str(files("facturx").joinpath(RULES)))
