"""What was read in a picture; the kind is our own, written by `hengjian pictures read`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from hengjian.records.fields import (
    Count,
    Id,
    Ids,
    Measure,
    Record,
    RequiredId,
    RequiredText,
    Text,
    Texts,
    Time,
)
from hengjian.records.models.offers import Listing


class PictureLine(Record):
    """图中一行文字: one line of text in a picture, and where it stands."""

    start: Count = Field(description="在 picture_text 中的起点")
    end: Count = Field(description="在 picture_text 中的终点（不含）")
    left: Count = Field(description="左边缘，像素")
    top: Count = Field(description="上边缘，像素")
    width: Count = Field(description="宽，像素")
    height: Count = Field(description="高，像素")
    certainty: Measure = Field(description="识别的把握，0至1")


Lines = Annotated[list[PictureLine], Field(fail_fast=True)]


class Picture(Listing):
    """图片: what was read in one picture, with the fields of the page that shows it.

    A rule on listings or posts needs the page beside the picture: its category sets the scene, and
    what excuses a claim may stand anywhere on it.
    """

    title: Text | None = Field(None, description="所在页面的标题")  # type: ignore[assignment]
    of_kind: Literal["listing", "post"] = Field(description="所在页面的种类")
    of_record_id: RequiredId = Field(description="所在页面的记录编号")
    account_id: Id | None = Field(None, description="发表帖子的账号")
    created_at: Time | None = Field(None, description="帖子的发表时间")
    links: Texts | None = Field(None, description="帖子的链接")
    tagged_items: Ids | None = Field(None, description="帖子所标商品的编号")
    image: RequiredText = Field(description="图片路径，照页面所写")
    sha256: RequiredText = Field(description="图片文件的SHA-256")
    picture_text: Text | None = Field(None, description="图中文字；空表示读过而没有文字")
    other_pictures_text: Text | None = Field(None, description="同一页面其他图片的文字")
    lines: Lines | None = Field(None, description="图中各行文字的位置")
    barcodes: Texts | None = Field(None, description="图中条码和二维码的内容")
    labels: Texts | None = Field(
        None, description="图中写到的标签；按文字或条码认定，没有识别标志图形"
    )
    pdq: Text | None = Field(None, description="感知散列，PDQ，64位十六进制，用于找同一图片")
    pdq_quality: Count | None = Field(None, description="感知散列的质量，0至100")
