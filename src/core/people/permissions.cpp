// Who may do what. A change here changes testdata/people/permissions.txt, which is what reviewers read.
#include "core/people/permissions.h"

#include <algorithm>
#include <array>

namespace tocsin::people {
namespace {

constexpr std::array<std::pair<Role, std::string_view>, 7> kRoles = {{
    {Role::Administrator, "administrator"},
    {Role::Signatory, "signatory"},
    {Role::Analyst, "analyst"},
    {Role::DutyOfficer, "duty_officer"},
    {Role::LegalAdviser, "legal_adviser"},
    {Role::Auditor, "auditor"},
    {Role::Observer, "observer"},
}};

using RoleSet = unsigned;
constexpr RoleSet bit(Role role) {
  return 1u << static_cast<unsigned>(role);
}

constexpr RoleSet kAdministrator = bit(Role::Administrator);
constexpr RoleSet kSignatory = bit(Role::Signatory);
constexpr RoleSet kAnalyst = bit(Role::Analyst);
constexpr RoleSet kDutyOfficer = bit(Role::DutyOfficer);
constexpr RoleSet kLegalAdviser = bit(Role::LegalAdviser);
constexpr RoleSet kAuditor = bit(Role::Auditor);
constexpr RoleSet kObserver = bit(Role::Observer);
constexpr RoleSet kEverybody =
    kAdministrator | kSignatory | kAnalyst | kDutyOfficer | kLegalAdviser | kAuditor | kObserver;

struct Rule {
  Action action;
  std::string_view name;
  RoleSet roles;
};

// Duties are kept apart: who runs the machine neither speaks for the party (publish, retract) nor binds it (sign); who
// binds it does not run it; who audits changes nothing. A person of a small party holds several roles, each visible.
constexpr Rule kRules[] = {
    {Action::SeeSituation, "see_situation", kEverybody},
    {Action::AcknowledgeAlert, "acknowledge_alert", kDutyOfficer},
    {Action::SeeIntelligence, "see_intelligence", kAdministrator | kAnalyst | kDutyOfficer | kLegalAdviser},
    {Action::Import, "import", kAnalyst},
    {Action::Publish, "publish", kAnalyst | kDutyOfficer},
    {Action::Retract, "retract", kAnalyst},
    {Action::MarkHosts, "mark_hosts", kAnalyst},
    // Hits show the home network, which an administrator need not see to run the node.
    {Action::SeeHits, "see_hits", kAnalyst | kDutyOfficer},
    {Action::SeeParties, "see_parties", kEverybody & ~kObserver},
    {Action::ManagePeers, "manage_peers", kAdministrator},
    {Action::ProposeAgreement, "propose_agreement", kSignatory | kLegalAdviser},
    {Action::SignAgreement, "sign_agreement", kSignatory},
    // Positions in the log count what a reader was not shown: nobody sees it whose work does not need it.
    {Action::SeeLog, "see_log", kAdministrator | kAuditor},
    {Action::SeeMetrics, "see_metrics", kAdministrator | kAuditor},
    {Action::VerifyLog, "verify_log", kAdministrator | kAuditor},
    {Action::ManageUsers, "manage_users", kAdministrator},
    {Action::ManageKeys, "manage_keys", kAdministrator},
    {Action::Backup, "backup", kAdministrator},
    // `tocsin watch` as a person, over one day of logs: for whom sees the set and the hits anyway.
    {Action::SendHits, "send_hits", kAnalyst},
    {Action::FetchSet, "fetch_set", kAnalyst},
};

constexpr bool is_complete_and_in_order() {
  std::size_t index = 0;
  for (const Rule& rule : kRules)
    if (static_cast<std::size_t>(rule.action) != index++) return false;
  return index == static_cast<std::size_t>(Action::FetchSet) + 1;
}
static_assert(is_complete_and_in_order(), "every Action has its line, in the order of the enumeration");

constexpr Action kSensorActions[] = {Action::FetchSet, Action::SendHits};
constexpr Action kReadActions[] = {Action::SeeSituation, Action::SeeIntelligence};
constexpr Action kImportActions[] = {Action::Import};
constexpr Action kMetricsActions[] = {Action::SeeMetrics};

const Rule& rule_of(Action action) {
  return kRules[static_cast<std::size_t>(action)];
}

RoleSet set_of(const std::vector<Role>& roles) {
  RoleSet out = 0;
  for (const Role role : roles) out |= bit(role);
  return out;
}

std::string names_of(RoleSet roles) {
  std::string out;
  for (const auto& [role, role_name] : kRoles) {
    if (!(roles & bit(role))) continue;
    if (!out.empty()) out += ", ";
    out += role_name;
  }
  return out;
}

}  // namespace

std::string_view name(Role role) {
  return kRoles[static_cast<std::size_t>(role)].second;
}

std::optional<Role> role_from_name(std::string_view text) {
  for (const auto& [role, role_name] : kRoles)
    if (role_name == text) return role;
  return std::nullopt;
}

std::string_view name(Action action) {
  return rule_of(action).name;
}

std::optional<std::span<const Action>> actions_of_scope(std::string_view scope) {
  if (scope == "sensor") return kSensorActions;
  if (scope == "read") return kReadActions;
  if (scope == "import") return kImportActions;
  if (scope == "metrics") return kMetricsActions;
  return std::nullopt;
}

bool may(const Identity& who, Action action) {
  if (who.must_set_password) return false;
  // Each way of proof has its own source of rights, so that a fault elsewhere cannot add one to the other.
  if (who.via == "key") return std::find(who.key_scope.begin(), who.key_scope.end(), action) != who.key_scope.end();
  return (set_of(who.roles) & rule_of(action).roles) != 0;
}

std::vector<Action> permitted(const Identity& who) {
  std::vector<Action> out;
  for (const Rule& rule : kRules)
    if (may(who, rule.action)) out.push_back(rule.action);
  return out;
}

Result<void> permit(const Identity& who, Action action) {
  if (may(who, action)) return {};
  if (who.must_set_password) return fail(ErrorCode::Forbidden, "people.must_set_password");
  if (who.via == "key") return fail(ErrorCode::Forbidden, "people.key_scope");
  return fail(ErrorCode::Forbidden, "people.not_permitted",
              {std::string(name(action)), names_of(rule_of(action).roles)});
}

}  // namespace tocsin::people
