"""The weights of a fitted selector as bytes, without a pickle: an archive of skops, of which only what is listed here is loaded.

A lake may come from elsewhere. What an estimator is made of is named one by one: any function of scikit-learn would be too much,
for some of them write files.
"""

import io
import zipfile

from store import StoreError
from text2sql_data.selection.fitting.estimators import Fitted

_TRUSTED = (
    "numpy.dtype",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "sklearn.utils._bunch.Bunch",
)
"""Types that may be loaded beside those that skops takes to be safe, which are estimators and arrays."""

_MOST_BYTES = 1 << 28
"""What the members of an archive may hold together when they are unpacked; a fitted selector has a few million."""


def pack(estimator: Fitted) -> bytes:
    """The bytes of an estimator."""
    import skops.io

    return bytes(skops.io.dumps(estimator._asdict()))


def unpack(weights: bytes, ref: str) -> Fitted:
    """The estimator of some bytes.

    Args:
        weights: As `pack` gave them, or anybody else.
        ref: What they are said to be, for errors.

    Raises:
        StoreError: They are no archive of an estimator, are too large, or hold something that is not in the list.
    """
    import skops.io

    again = "Fit it again: t2s select fit"
    try:
        size, kinds = _contents(weights)
        if size <= _MOST_BYTES and not kinds:
            return Fitted(**skops.io.loads(weights, trusted=list(_TRUSTED)))
    except Exception as error:  # whatever skops raises over an archive that is not one of its own
        raise StoreError(f"The weights of {ref} cannot be loaded: {type(error).__name__}: {error}", again) from error
    if size > _MOST_BYTES:
        raise StoreError(f"The weights of {ref} have {size:,} bytes when they are unpacked, which is not done.", again)
    raise StoreError(f"The weights of {ref} hold {', '.join(kinds)}, which is not loaded.", again)


def _contents(weights: bytes) -> tuple[int, list[str]]:
    """How many bytes an archive has unpacked, and which types it has that are not to be loaded."""
    import skops.io

    with zipfile.ZipFile(io.BytesIO(weights)) as archive:
        size = sum(member.file_size for member in archive.infolist())
    if size > _MOST_BYTES:
        return size, []
    return size, sorted(set(skops.io.get_untrusted_types(data=weights)) - set(_TRUSTED))
