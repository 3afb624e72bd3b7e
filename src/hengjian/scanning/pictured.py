"""Labels that pictures show, for the pages that show the pictures."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from hengjian.errors import HengjianError
from hengjian.records.reader import read
from hengjian.scanning.sources import Source
from hengjian.violations.pictures import PICTURE
from hengjian.violations.runner import LabelsInPictures

_COLUMNS = ["of_kind", "platform", "of_record_id", "labels"]


def labels_in_pictures(files: Iterable[Source]) -> LabelsInPictures:
    """Return the labels that pictures show, by kind, platform and record_id of their page.

    A page's rules need them before its pictures' turn comes. Faults of the files are told then.
    """
    found: dict[tuple[str, str, str], frozenset[str]] = defaultdict(frozenset)
    for source in files:
        if source.kind.name != PICTURE:
            continue
        try:
            for chunk in read(source.path, source.kind, root=source.root, mapping=source.mapping):
                for row in chunk.batch.select(_COLUMNS).to_pylist():
                    page = row["of_kind"], row["platform"], row["of_record_id"]
                    found[page] |= frozenset(row["labels"] or ())
        except HengjianError:
            # Staging reads the file again, and tells it there beside the others.
            continue
    return {page: labels for page, labels in found.items() if labels}
