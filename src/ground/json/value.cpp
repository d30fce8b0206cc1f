#include <algorithm>

#include "ground/json/json.h"
#include "ground/json/names.h"

namespace tocsin::json {
namespace {

// Below this, comparing every pair is cheaper than sorting.
constexpr std::size_t kFewNames = 16;

std::vector<const Member*> by_name(const Object& object) {
  std::vector<const Member*> out;
  out.reserve(object.size());
  for (const auto& member : object) out.push_back(&member);
  std::sort(out.begin(), out.end(), [](const Member* a, const Member* b) { return a->first < b->first; });
  return out;
}

}  // namespace

Object::Object(std::initializer_list<Member> members) {
  members_.reserve(members.size());
  for (const auto& member : members) set(member.first, member.second);
}

const Value* Object::find(std::string_view name) const {
  for (const auto& member : members_)
    if (member.first == name) return &member.second;
  return nullptr;
}

Value* Object::find(std::string_view name) {
  for (auto& member : members_)
    if (member.first == name) return &member.second;
  return nullptr;
}

void Object::set(std::string_view name, Value value) {
  if (Value* present = find(name)) {
    *present = std::move(value);
    return;
  }
  members_.emplace_back(std::string(name), std::move(value));
}

bool Object::erase(std::string_view name) {
  const auto at =
      std::find_if(members_.begin(), members_.end(), [&](const Member& member) { return member.first == name; });
  if (at == members_.end()) return false;
  members_.erase(at);
  return true;
}

void Object::append_unchecked(std::string name, Value value) {
  members_.emplace_back(std::move(name), std::move(value));
}

const std::string* find_duplicate_name(const Object& object) {
  if (object.size() <= kFewNames) {
    for (auto a = object.begin(); a != object.end(); ++a)
      for (auto b = object.begin(); b != a; ++b)
        if (a->first == b->first) return &a->first;
    return nullptr;
  }
  const auto sorted = by_name(object);
  for (std::size_t i = 1; i < sorted.size(); ++i)
    if (sorted[i - 1]->first == sorted[i]->first) return &sorted[i]->first;
  return nullptr;
}

std::optional<double> Value::number() const {
  if (const auto* whole = integer()) return static_cast<double>(*whole);
  if (const auto* real = std::get_if<double>(&data_)) return *real;
  return std::nullopt;
}

const Value* Value::find(std::string_view name) const {
  const Object* members = object();
  return members ? members->find(name) : nullptr;
}

std::string Value::text(std::string_view name, std::string_view fallback) const {
  const Value* member = find(name);
  const std::string* found = member ? member->string() : nullptr;
  return found ? *found : std::string(fallback);
}

std::int64_t Value::integer_or(std::string_view name, std::int64_t fallback) const {
  const Value* member = find(name);
  const std::int64_t* found = member ? member->integer() : nullptr;
  return found ? *found : fallback;
}

bool Value::boolean_or(std::string_view name, bool fallback) const {
  const Value* member = find(name);
  const bool* found = member ? member->boolean() : nullptr;
  return found ? *found : fallback;
}

std::size_t Value::count() const {
  std::size_t out = 1;
  if (const Array* list = array())
    for (const Value& element : *list) out += element.count();
  if (const Object* members = object())
    for (const auto& [name, value] : *members) out += value.count();
  return out;
}

bool Value::operator==(const Value& other) const {
  // 1 and 1.0 are one number in JSON: both are written "1".
  if (data_.index() != other.data_.index()) {
    const auto a = number(), b = other.number();
    return a && b && *a == *b;
  }
  return data_ == other.data_;
}

bool operator==(const Object& a, const Object& b) {
  if (a.size() != b.size()) return false;
  if (a.size() <= kFewNames)
    return std::all_of(a.begin(), a.end(), [&](const Member& member) {
      const Value* other = b.find(member.first);
      return other && *other == member.second;
    });
  const auto left = by_name(a), right = by_name(b);
  for (std::size_t i = 0; i < left.size(); ++i)
    if (left[i]->first != right[i]->first || !(left[i]->second == right[i]->second)) return false;
  return true;
}

}  // namespace tocsin::json
