"""The workbench's addresses."""

from django.contrib.auth.views import LogoutView
from django.urls import path

from hengjian.workbench import views

handler400 = views.bad_request
handler403 = views.forbidden
handler404 = views.not_found
handler500 = views.server_error

urlpatterns = [
    path("", views.index, name="index"),
    path("login/", views.Login.as_view(), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("password/", views.Password.as_view(), name="password"),
    path("leads/<int:pk>/", views.lead, name="lead"),
    path("leads/<int:pk>/<slug:action>/", views.lead_action, name="lead_action"),
    path("cases/<int:pk>/", views.case, name="case"),
    path("cases/<int:pk>/<slug:action>/", views.case_action, name="case_action"),
    path("documents/<int:pk>.<slug:file_format>", views.document, name="document"),
]
