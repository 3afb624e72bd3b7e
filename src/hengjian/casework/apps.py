"""Django's entry for casework."""

from django.apps import AppConfig


class CaseworkConfig(AppConfig):
    """Leads, cases, documents, rechecks and the audit chain."""

    name = "hengjian.casework"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "办案"
