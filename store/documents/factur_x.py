"""Make a PDF/A-3 with an embedded `factur-x.xml` a Factur-X file: say in its metadata what the XML is (DOC-3).

Typst embeds the file and writes PDF/A-3, but has no way to add to the metadata. An incremental update adds them: the
bytes that typst wrote stay as they are, and the same PDF gives the same file (ISO 32000-1, 7.5.6; Factur-X 1.0, 6.2).
"""

from __future__ import annotations

import re

FILE_NAME = "factur-x.xml"
CONFORMANCE = "EN 16931"
_ADDRESS = "urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#"

_PROPERTIES = {
    "DocumentFileName": ("name of the embedded XML invoice file", FILE_NAME),
    "DocumentType": ("INVOICE", "INVOICE"),
    "Version": ("The actual version of the Factur-X XML schema", "1.0"),
    "ConformanceLevel": ("The conformance level of the embedded Factur-X data", CONFORMANCE),
}
_METADATA = re.compile(rb"\n(\d+) 0 obj\n<</Length (\d+)/Type/Metadata/Subtype/XML>>\nstream\n")
_END = re.compile(rb"trailer\n<<(.*)>>\nstartxref\n(\d+)\n%%EOF\s*\Z", re.DOTALL)


class NotTypesetAsExpected(RuntimeError):
    """The PDF isn't laid out as this version of typst does it: a newer one may need changes here."""


def as_factur_x(pdf: bytes) -> bytes:
    """The PDF with the Factur-X metadata appended. Raises NotTypesetAsExpected."""
    end = _END.search(pdf, max(len(pdf) - 2000, 0))
    found = list(_METADATA.finditer(pdf))
    if end is None or not found:
        msg = "no plain trailer or metadata"
        raise NotTypesetAsExpected(msg)
    reference, length = found[-1][1], int(found[-1][2])
    metadata = _with_properties(pdf[found[-1].end() : found[-1].end() + length])
    update = b"%b 0 obj\n<</Length %d/Type/Metadata/Subtype/XML>>\nstream\n%b\nendstream\nendobj\n" % (
        reference,
        len(metadata),
        metadata,
    )
    begin = pdf if pdf.endswith(b"\n") else pdf + b"\n"
    table = b"xref\n%b 1\n%010d 00000 n\r\n" % (reference, len(begin))
    trailer = b"trailer\n<<%b/Prev %b>>\nstartxref\n%d\n%%%%EOF\n" % (end[1], end[2], len(begin) + len(update))
    return begin + update + table + trailer


def _with_properties(metadata: bytes) -> bytes:
    """Our four properties, and the description of their schema, which PDF/A demands."""
    text = metadata.decode()
    schemas = "<pdfaExtension:schemas><rdf:Bag>"
    if schemas not in text or "</rdf:RDF>" not in text:
        msg = "metadata without descriptions of schemas"
        raise NotTypesetAsExpected(msg)
    values = "".join(f"<fx:{name}>{value}</fx:{name}>" for name, (_, value) in _PROPERTIES.items())
    described = "".join(_property(name, text) for name, (text, _) in _PROPERTIES.items())
    schema = (
        '<rdf:li rdf:parseType="Resource"><pdfaSchema:schema>Factur-X PDFA Extension Schema</pdfaSchema:schema>'
        f"<pdfaSchema:namespaceURI>{_ADDRESS}</pdfaSchema:namespaceURI><pdfaSchema:prefix>fx</pdfaSchema:prefix>"
        f"<pdfaSchema:property><rdf:Seq>{described}</rdf:Seq></pdfaSchema:property></rdf:li>"
    )
    own = f'<rdf:Description rdf:about="" xmlns:fx="{_ADDRESS}">{values}</rdf:Description></rdf:RDF>'
    return text.replace(schemas, schemas + schema, 1).replace("</rdf:RDF>", own, 1).encode()


def _property(name: str, description: str) -> str:
    return (
        f'<rdf:li rdf:parseType="Resource"><pdfaProperty:name>{name}</pdfaProperty:name>'
        "<pdfaProperty:valueType>Text</pdfaProperty:valueType><pdfaProperty:category>external</pdfaProperty:category>"
        f"<pdfaProperty:description>{description}</pdfaProperty:description></rdf:li>"
    )
