from django.urls import URLPattern, URLResolver, path

from guanxi.platform.identity.views import gate, members, profile, roles, settings, teams, tokens

urlpatterns: list[URLPattern | URLResolver] = [
    path("sign-in/", gate.sign_in, name="sign_in"),
    path("sign-in/kept/", gate.kept_form, name="kept_form"),
    path("sign-in/reset/", gate.reset_password, name="reset_password"),
    path("sign-in/reset/<str:uid>/<str:token>/", gate.new_password, name="new_password"),
    path("sign-out/", gate.sign_out, name="sign_out"),
    path("set-up/", gate.set_up, name="set_up"),
    path("join/<str:raw>/", gate.join, name="join"),
    path("workspaces/", gate.workspaces, name="workspaces"),
    path("workspaces/new/", gate.new_workspace, name="new_workspace"),
    path("workspaces/<slug:slug>/", gate.switch_workspace, name="switch_workspace"),
    path("settings/", settings.settings, name="settings"),
    path("settings/workspace/", settings.workspace, name="workspace_settings"),
    path("settings/profile/", profile.profile, name="profile"),
    path("settings/shortcuts/", profile.shortcuts, name="shortcuts"),
    path("settings/security/", profile.security, name="security"),
    path("settings/security/sessions/", profile.end_sessions, name="end_sessions"),
    path("settings/members/", members.members, name="members"),
    path("settings/members/new/", members.invite_member, name="invite_member"),
    path("settings/members/<int:member_id>/", members.member, name="member"),
    path("settings/members/<int:member_id>/departure/", members.end_member, name="end_member"),
    path("settings/members/<int:member_id>/return/", members.return_member, name="return_member"),
    path(
        "settings/invitations/<int:invitation_id>/withdrawal/", members.withdraw, name="withdraw_invitation"
    ),
    path("settings/teams/", teams.teams, name="teams"),
    path("settings/teams/<int:team_id>/", teams.team, name="team"),
    path("settings/teams/<int:team_id>/removal/", teams.remove, name="remove_team"),
    path("settings/roles/", roles.roles, name="roles"),
    path("settings/roles/new/", roles.new_role, name="new_role"),
    path("settings/roles/<int:role_id>/", roles.role, name="role"),
    path("settings/roles/<int:role_id>/removal/", roles.remove, name="remove_role"),
    path("settings/tokens/", tokens.tokens, name="tokens"),
    path("settings/tokens/<int:token_id>/revocation/", tokens.revoke, name="revoke_token"),
]
