"""Croissant metadata of a pin: its files with their sha256, and its columns, as JSON-LD of version 1.0.

See https://docs.mlcommons.org/croissant/docs/croissant-spec.html. A split is a record set over its file.
"""

import json
from typing import TYPE_CHECKING, Any

from store.contents import Column
from text2sql_data.datasets.export.card import Facts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from text2sql_data.datasets.export import File

CONFORMS_TO = "http://mlcommons.org/croissant/1.0"

_CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileProperty": "cr:fileProperty",
    "fileObject": "cr:fileObject",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
_TYPES = {"string": "sc:Text", "int64": "sc:Integer", "float64": "sc:Float", "bool": "sc:Boolean"}


def text(card: Facts, files: "Sequence[File]") -> str:
    """The metadata as JSON."""
    return json.dumps(metadata(card, files), indent=2, ensure_ascii=False) + "\n"


def metadata(card: Facts, files: "Sequence[File]") -> dict[str, Any]:
    """The metadata of a pin.

    Args:
        card: What is known of it.
        files: Its files.
    """
    pin = card.pin
    parents = ", ".join(f"{parent['kind']} {parent['name']}" for parent in pin.parents) or "nothing that was recorded"
    found: dict[str, Any] = {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": CONFORMS_TO,
        "name": pin.name,
        "description": f"{card.use.use} {pin.n_rows} rows of kind {pin.kind}, made from {parents}.".strip(),
        "version": f"{pin.version}.0.0",
        "identifier": f"{pin.ref} sha256:{pin.digest}",
        "inLanguage": card.language,
        "keywords": ["text-to-sql", pin.kind],
        "citeAs": f"{pin.ref}, sha256 {pin.digest}",
        "datePublished": pin.added.date().isoformat(),
        "isLiveDataset": False,
    }
    if card.licence:
        found["license"] = card.licence
    found["distribution"] = [
        {
            "@type": "cr:FileObject",
            "@id": f"{file.split}-file",
            "name": f"{file.split}-file",
            "description": f"The rows of the split {file.split}.",
            "contentUrl": file.path,
            "contentSize": f"{file.size} B",
            "encodingFormat": "application/x-parquet",
            "sha256": file.sha256,
        }
        for file in files
    ]
    found["recordSet"] = [
        {
            "@type": "cr:RecordSet",
            "@id": "splits",
            "name": "splits",
            "description": "The splits.",
            "dataType": "cr:Split",
            "key": {"@id": "splits/name"},
            "field": [{"@type": "cr:Field", "@id": "splits/name", "name": "name", "dataType": "sc:Text"}],
            "data": [{"splits/name": file.split} for file in files],
        },
        *(_records(file, pin.columns) for file in files),
    ]
    return found


def _records(file: "File", columns: dict[str, Column]) -> dict[str, Any]:
    return {
        "@type": "cr:RecordSet",
        "@id": file.split,
        "name": file.split,
        "description": f"The {file.rows} rows of the split {file.split}.",
        "field": [_field(f"{file.split}/{name}", name, column, f"{file.split}-file", name) for name, column in columns.items()],
    }


def _field(identity: str, name: str, column: Column, file: str, top: str) -> dict[str, Any]:
    """A column, or a part of one: a list is a repeated field, an object one with sub-fields."""
    repeated = isinstance(column, list)
    while isinstance(column, list):
        column = column[0]
    found: dict[str, Any] = {"@type": "cr:Field", "@id": identity, "name": name}
    if repeated:
        found["repeated"] = True
    if isinstance(column, dict):
        found["source"] = {"fileObject": {"@id": file}, "extract": {"column": top}}
        found["subField"] = [_field(f"{identity}/{part}", part, inner, file, top) for part, inner in column.items()]
        return found
    found["dataType"] = _TYPES[column or "string"]
    found["source"] = {"fileObject": {"@id": file}, "extract": {"column": top}}
    return found
