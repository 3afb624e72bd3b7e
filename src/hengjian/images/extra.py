"""The libraries that only `hengjian[images]` brings."""

from __future__ import annotations

from importlib.util import find_spec

from hengjian.errors import HengjianError

LIBRARIES = ("PIL", "cv2", "onnxruntime", "pdqhash", "rapidocr", "zxingcpp")


def installed() -> None:
    """Check that the libraries are there.

    Raises:
        HengjianError: They are not; the hint says how to install them.
    """
    missing = [name for name in LIBRARIES if find_spec(name) is None]
    if missing:
        raise HengjianError(
            f"读取图片需要另外安装组件：{'、'.join(missing)}",
            hint="请运行 pip install 'hengjian[images]'",
        )
