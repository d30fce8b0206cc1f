// Laws of what a stranger may show: no name, password, code, token or key that was not handed out opens anything, and
// each is refused in words; a good code, typed with spaces, opens once; a key is good in one spelling only.
#include <algorithm>

#include "core/people/people.h"
#include "tests/support/fuzz.h"

namespace {

using namespace tocsin;
using test_support::FuzzInput;

constexpr Time kNow{1'790'000'000'000'000};
constexpr std::string_view kSource = "192.0.2.1";

struct World {
  std::unique_ptr<store::Database> db;
  Bytes column_key = Bytes(32, 7), secret;
  std::string key, token;

  World() {
    crypto::initialise();
    people::use_column_key(column_key);
    db = std::move(*store::Database::open({":memory:"}));
    const store::Migrations rooms[] = {people::kMigrations};
    CHECK(db->migrate(rooms));
    CHECK(db->write([&](store::Transaction& tx) -> Result<void> {
      people::User user;
      user.name = user.display_name = "an";
      user.roles = {people::Role::Administrator};
      TRY(people::create_user(tx, user, kNow));
      TRY_VOID(people::set_password(tx, "an", "$argon2id$not checked", kNow));
      secret = TRY(people::begin_totp(tx, column_key, "an", kNow));
      const Time before = kNow - base::minutes(5);
      TRY_VOID(people::confirm_totp(tx, column_key, "an", code(before), before));
      key = TRY(people::create_api_key(tx, "reader", "read", "an", 30, kNow)).text;
      token = TRY(people::open_link(tx, TRY(people::create_link(tx, "an", kNow)), kNow)).token;
      return {};
    }));
  }
  std::string code(Time time) const { return crypto::totp_code(secret, time.us / 1'000'000); }
};

template <typename T>
void check_refused(const Result<T>& result) {
  CHECK(!result);
  test_support::check_refusal(result.error());
}

void show_tokens(store::Transaction& tx, const World& world, const std::string& shown) {
  const auto by_key = people::api_key_identity(tx, shown, kNow);
  const auto by_token = people::session_identity(tx, shown, kNow);
  CHECK(by_key.has_value() == (shown == world.key) && by_token.has_value() == (shown == world.token));
  if (!by_key) check_refused(by_key);
  if (!by_token) check_refused(by_token);
  CHECK(people::session_csrf(tx, shown).has_value() == (shown == world.token));
  CHECK(people::note_use(tx, shown, kNow));
  check_refused(people::open_link(tx, shown, kNow));
}

void log_in(store::Transaction& tx, const World& world, const std::string& name, const std::string& code) {
  const auto material = people::begin_login(tx, name, kSource, kNow);
  CHECK(material && material->exists == (name == "an") && !material->phc.empty());
  std::string digits = code.substr(0, 16);
  std::erase(digits, ' ');
  const bool right = std::ranges::any_of(std::initializer_list<int>{-30, 0, 30}, [&](int seconds) {
    return digits == world.code(kNow + base::seconds(seconds));
  });
  const auto wrong_password = people::finish_login(tx, name, false, code, kSource, kNow);
  CHECK(wrong_password);
  check_refused(*wrong_password);
  const auto session = people::finish_login(tx, name, true, code, kSource, kNow);
  CHECK(session && session->has_value() == (name == "an" && right));
  if (!*session) return check_refused(*session);
  CHECK(people::session_identity(tx, (*session)->token, kNow));
  const auto again = people::finish_login(tx, name, true, code, kSource, kNow);
  CHECK(again);
  check_refused(*again);  // a code is good once
}

void make(store::Transaction& tx, FuzzInput& input) {
  people::User user;
  user.name = input.text();
  user.display_name = input.text();
  user.language = input.text();
  user.theme = input.text();
  user.roles = {people::Role::Analyst};
  const auto made = people::create_user(tx, user, kNow);
  if (!made) return check_refused(made);
  const auto found = people::find_user(tx, user.name);
  CHECK(found && found->display_name == user.display_name && found->language == user.language);
  const auto key = people::create_api_key(tx, input.text(), input.text(), user.name, input.byte() - 1, kNow);
  if (!key) return check_refused(key);
  CHECK(people::api_key_identity(tx, key->text, kNow));
}

std::string changed(std::string good, FuzzInput& input) {
  const unsigned changes = input.byte() % 4;
  test_support::edit_bytes(good, input, changes);
  return good + std::string(input.text(input.byte() % 4));
}

}  // namespace

/// The first byte chooses what is shown: the rest itself, or changes of what is good.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static World world;
  FuzzInput input(data, size);
  const auto undone = world.db->write([&](store::Transaction& tx) -> Result<void> {
    switch (input.byte() % 7) {
      case 0:
        show_tokens(tx, world, std::string(input.rest()));
        break;
      case 1:
        show_tokens(tx, world, changed(world.key, input));
        break;
      case 2:
        show_tokens(tx, world, changed(world.token, input));
        break;
      case 3:
        log_in(tx, world, "an", changed(world.code(kNow), input));
        break;
      case 4:
        log_in(tx, world, "an", std::string(input.rest()));
        break;
      case 5: {
        const std::string name(input.text());
        log_in(tx, world, name, std::string(input.rest()));
        break;
      }
      default:
        make(tx, input);
    }
    return fail(ErrorCode::Conflict, "test.undone");
  });
  CHECK(!undone && undone.error().id == "test.undone");
  return 0;
}
