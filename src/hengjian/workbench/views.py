"""The pages: they show and they ask the services; they change nothing themselves."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec
from urllib.parse import quote

from django.contrib.auth.decorators import login_required
from django.contrib.auth.forms import PasswordChangeForm
from django.contrib.auth.models import User
from django.contrib.auth.views import LoginView, PasswordChangeView
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse_lazy
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from hengjian.casework import services
from hengjian.casework.incoming import home_store, kept_scan
from hengjian.casework.models import Case, Document, Lead, Membership, Scan, membership_of
from hengjian.errors import HengjianError
from hengjian.workbench.pages import case_page, lead_page

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]

LEADS_A_PAGE = 50
CASES_SHOWN = 50
CONTENT_TYPES = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
}


class BadInputError(HengjianError):
    """What was sent cannot be read at all."""


def member_required(view: View[P]) -> View[P]:
    """Let in who has logged in, belongs to an office and has a password of his own."""

    @never_cache
    @login_required
    @wraps(view)
    def checked(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        membership = membership_of(request.user)
        if membership is None:
            return _message(request, "该账号不属于任何机关，请联系管理员。", 403)
        if membership.password_is_one_time:
            return redirect("password")
        return view(request, *args, **kwargs)

    return checked


class Login(LoginView):
    """The login page."""

    template_name = "workbench/login.html"
    redirect_authenticated_user = True


class Password(PasswordChangeView):
    """Where a user replaces a password, the one-time one above all."""

    template_name = "workbench/password.html"
    success_url = reverse_lazy("index")

    def form_valid(self, form: PasswordChangeForm) -> HttpResponse:
        """Keep the new password and note that it is the user's own."""
        response = super().form_valid(form)
        services.note_password_change(_actor(self.request))
        return response


@require_GET
@member_required
def index(request: HttpRequest) -> HttpResponse:
    """Show my region's leads by rank, and its cases."""
    user = _actor(request)
    leads = Lead.objects.visible_to(user)
    wanted = request.GET.get("status", "")
    shown = leads.filter(status=wanted) if wanted in Lead.Status.values else leads
    paginator = Paginator(shown.select_related("officer", "case"), LEADS_A_PAGE)
    counts = [(status, leads.filter(status=status).count()) for status in Lead.Status]
    return render(
        request,
        "workbench/index.html",
        {
            "membership": _membership(request),
            "counts": counts,
            "wanted": wanted,
            "total": leads.count(),
            "leads": paginator.get_page(request.GET.get("page")),
            "cases": Case.objects.visible_to(user).select_related("lead", "officer")[:CASES_SHOWN],
        },
    )


@require_GET
@member_required
def lead(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a lead with its evidence, law and what may be said against it."""
    found = _visible_lead(request, pk)
    services.note_view(_actor(request), found)
    return _lead_page(request, found)


@require_POST
@member_required
def lead_action(request: HttpRequest, pk: int, action: str) -> HttpResponse:
    """Ask the services to take a lead one step on."""
    found = _visible_lead(request, pk)
    if action not in LEAD_ACTIONS:
        raise Http404
    try:
        changed = LEAD_ACTIONS[action](_actor(request), found, request.POST)
    except HengjianError as error:
        return _lead_page(request, _visible_lead(request, pk), error)
    return redirect("case" if isinstance(changed, Case) else "lead", changed.pk)


@require_GET
@member_required
def case(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a case with its stages, documents, rechecks and trail."""
    found = _visible_case(request, pk)
    services.note_view(_actor(request), found)
    return _case_page(request, found)


@require_POST
@member_required
def case_action(request: HttpRequest, pk: int, action: str) -> HttpResponse:
    """Ask the services to take a case one step on."""
    found = _visible_case(request, pk)
    if action not in CASE_ACTIONS:
        raise Http404
    try:
        CASE_ACTIONS[action](_actor(request), found, request.POST)
    except HengjianError as error:
        return _case_page(request, _visible_case(request, pk), error)
    return redirect("case", found.pk)


@require_GET
@member_required
def document(request: HttpRequest, pk: int, file_format: str) -> HttpResponse:
    """Hand out a document that was issued, as docx or pdf."""
    found = get_object_or_404(Document, pk=pk, case__in=Case.objects.visible_to(_actor(request)))
    if file_format not in CONTENT_TYPES:
        raise Http404
    try:
        content = home_store().get(getattr(found, f"{file_format}_sha256"))
    except HengjianError as error:
        return _case_page(request, found.case, error)
    services.note_download(_actor(request), found, file_format)
    name = quote(f"{found.form}{found.number}.{file_format}")
    return HttpResponse(
        content,
        content_type=CONTENT_TYPES[file_format],
        headers={"Content-Disposition": f"attachment; filename*=UTF-8''{name}"},
    )


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001
    """Refuse a change that did not come from one of our pages."""
    return _message(request, "页面已过期，或者请求不是从本系统的页面发出的。请返回后重试。", 403)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    """Say that a request cannot be read."""
    return _message(request, "请求无法识别。", 400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    """Say that a request is not allowed."""
    return _message(request, "没有权限。", 403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    """Say that there is nothing, whether it does not exist or lies in another jurisdiction."""
    return _message(request, "没有找到，或者不在本机关管辖范围内。", 404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Say that something went wrong on our side."""
    return _message(request, "系统出错，操作没有完成，已记入日志。请稍后重试或者联系管理员。", 500)


def _open_correction(actor: User, found: Lead, form: QueryDict) -> Case:
    return services.open_correction(actor, found, *_correction(form))


def _resubmit(actor: User, found: Case, form: QueryDict) -> Case:
    return services.resubmit(actor, found, *_correction(form))


def _record_recheck(actor: User, found: Case, form: QueryDict) -> Any:
    scan = Scan.objects.filter(scan_id=form.get("scan_id", "")).first()
    if scan is None:
        raise BadInputError("请选择一次已导入的扫描")
    with kept_scan(scan.files) as folder:
        return services.record_recheck(actor, found, folder)


LEAD_ACTIONS: dict[str, Callable[[User, Lead, QueryDict], Lead | Case]] = {
    "start": lambda actor, found, _: services.start_verification(actor, found),
    "establish": lambda actor, found, form: services.establish(actor, found, form.get("note", "")),
    "not-establish": lambda actor, found, form: services.not_establish(
        actor, found, form.get("reason", "")
    ),
    "open-correction": _open_correction,
}
CASE_ACTIONS: dict[str, Callable[[User, Case, QueryDict], object]] = {
    "return": lambda actor, found, form: services.return_case(actor, found, form.get("reason", "")),
    "resubmit": _resubmit,
    "approve": lambda actor, found, _: services.approve(actor, found),
    "recheck": _record_recheck,
    "close": lambda actor, found, form: services.close_case(actor, found, form.get("note", "")),
}


def _correction(form: QueryDict) -> tuple[str, str, dt.date]:
    return form.get("correction", ""), form.get("guidance", ""), _day(form.get("correct_by", ""))


def _day(text: str) -> dt.date:
    try:
        day = parse_date(text)
    except ValueError:
        day = None
    if day is None:
        raise BadInputError("改正期限须为日期，如 2026-12-01", field="改正期限")
    return day


def _lead_page(
    request: HttpRequest, found: Lead, error: HengjianError | None = None
) -> HttpResponse:
    content = lead_page(found, _membership(request), request.POST, timezone.now())
    return _page(request, "workbench/lead.html", content, error)


def _case_page(
    request: HttpRequest, found: Case, error: HengjianError | None = None
) -> HttpResponse:
    content = case_page(found, _membership(request), request.POST)
    return _page(request, "workbench/case.html", content, error)


def _page(
    request: HttpRequest, template: str, content: dict[str, Any], error: HengjianError | None
) -> HttpResponse:
    status = 200
    if error is not None:
        status = 400 if isinstance(error, BadInputError) else 409
    context = {**content, "membership": _membership(request), "error": error}
    return render(request, template, context, status=status)


def _message(request: HttpRequest, text: str, status: int) -> HttpResponse:
    return render(request, "workbench/message.html", {"text": text}, status=status)


def _visible_lead(request: HttpRequest, pk: int) -> Lead:
    return get_object_or_404(Lead.objects.visible_to(_actor(request)), pk=pk)


def _visible_case(request: HttpRequest, pk: int) -> Case:
    return get_object_or_404(Case.objects.visible_to(_actor(request)), pk=pk)


def _actor(request: HttpRequest) -> User:
    if not isinstance(request.user, User):
        raise Http404
    return request.user


def _membership(request: HttpRequest) -> Membership:
    membership = membership_of(request.user)
    if membership is None:
        raise Http404
    return membership
