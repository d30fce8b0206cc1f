#include "journeys/import.h"

#include <future>
#include <map>
#include <unordered_map>

#include "core/people/people.h"
#include "core/people/text_rules.h"
#include "formats/telemetry/telemetry.h"
#include "journeys/admit.h"

namespace tocsin::journeys {
namespace {

// What one indicator of a list costs is rows: 1 object, 1 provenance, 1 posting, 1 found item and 2 to 6 words, which
// are 13 to 21 insertions into the trees of tables and indexes, each 1 to 3 us where the page is in memory. Reading and
// checking the object costs about as much as three of them. A commit (one sync of the log) and the pages that are
// written once per commit are shared by a run; other writers wait for a run, so it ends after a fraction of a second.
constexpr std::size_t kObjectsPerCommit = 2000;
constexpr std::size_t kBytesPerCommit = 16u << 20;
constexpr std::size_t kMaxListed = 200;
constexpr std::size_t kMaxStartBytes = 200;  // of what is refused

// An object of a run that is stored in one transaction.
struct Pending {
  std::int64_t at;
  std::string_view given;             // its bytes in the file, or
  std::optional<lists::Entry> entry;  // what a list says, from which
  std::string made;                   // its bytes are made
  stix::Object object;
  Digest said = {};          // what the list says, whatever version it becomes
  bool contradicts = false;  // an earlier line of the same list
  std::string_view bytes() const { return entry ? std::string_view(made) : given; }
  std::string start() const { return std::string((entry ? std::string_view(entry->value.text) : given).substr(0, 80)); }
};

// A program is no reader: what its key brings in is for the person who made the key.
Result<std::string> person_behind(const Context& context, const Doer& by) {
  constexpr std::string_view kKey = "key:";
  if (!by.account.starts_with(kKey)) return by.account;
  const std::string id = by.account.substr(kKey.size());
  const auto keys = TRY(context.db->read_value([](store::Transaction& tx) { return people::api_keys(tx); }));
  for (const people::ApiKey& key : keys)
    if (key.id == id) return key.created_by;
  return fail(ErrorCode::NotFound, "people.no_key", {id});
}

trust::Label import_label(const trust::Person& person, const ImportRequest& request, const stix::Object& object) {
  trust::Label label;
  label.voucher = person.party;
  label.tlp = request.tlp.value_or(object.tlp.value_or(stix::Tlp::Amber));
  label.pap = object.pap.value_or(request.pap);
  label.onward = trust::Onward::Free;  // ours to give; what receivers may do is said when it is published
  narrow(label, object);
  if (label.tlp == stix::Tlp::Red) label.readers = {person};
  return label;
}

class Importer {
 public:
  Importer(const Context& context, const ImportRequest& request, trust::Person person, ImportReport& report)
      : context_(context), request_(request), person_(std::move(person)), report_(report) {}

  Result<void> begin() {
    if (request_.dry_run) {
      run_ = base::uuid4();
      return {};
    }
    report_.import_id = TRY(context_.db->write_value([&](store::Transaction& tx) -> Result<std::int64_t> {
      intel::Import import;
      import.name = request_.name;
      import.format = lists::name(report_.format);
      import.by = request_.by.account;
      import.time = context_.now();
      TRY_VOID(note_deed(tx, context_, request_.by, "import", request_.name));
      return intel::begin_import(tx, import);
    }));
    return {};
  }

  Result<void> add(std::int64_t at, std::string_view bytes) {
    auto object = stix::read_object(bytes);
    if (!object) {
      refuse(at, bytes.substr(0, 80), std::move(object).error());
      return {};
    }
    return add({at, bytes, {}, {}, std::move(*object)});
  }

  Result<void> add(lists::Entry entry) {
    if (entry.source.empty()) entry.source = request_.name;
    Pending pending{static_cast<std::int64_t>(entry.line), {}, std::move(entry), {}, {}};
    if (auto made = make(pending, now_, now_); !made) {
      refuse(pending.at, pending.start(), std::move(made).error());
      return {};
    }
    pending.said = crypto::sha256(pending.made);
    return add(std::move(pending));
  }

  /// The text is whatever stood there: no report could carry a NUL on.
  void refuse(std::int64_t at, std::string_view text, Error error) {
    ++report_.refused_count;
    if (report_.refused.size() < kMaxListed)
      report_.refused.push_back({at, people::plain_excerpt(text, kMaxStartBytes), std::move(error)});
  }

  // Runs committed before stay, so the trail says that the import came to no good end. Where even that cannot be
  // written, the first error is the one that counts, and what is left is tidied up when the node starts next.
  void note_stop(const Error& error) {
    (void)take_back();  // the run that was being stored counts
    (void)context_.db->write([&](store::Transaction& tx) -> Result<void> {
      if (request_.dry_run) return intel::forget_foreseen(tx, run_);
      TRY_VOID(count_unread(tx));
      TRY_VOID(intel::note_state(tx, report_.import_id, "interrupted"));
      return note_deed(tx, context_, request_.by, "import", request_.name, error.id);
    });
  }

  Result<void> finish() {
    TRY_VOID(hand_over());
    TRY_VOID(take_back());
    return context_.db->write([&](store::Transaction& tx) -> Result<void> {
      if (request_.dry_run) return intel::forget_foreseen(tx, run_);
      TRY_VOID(count_unread(tx));
      return intel::note_state(tx, report_.import_id, "done");
    });
  }

 private:
  // What could not be read says of itself neither what it is nor for whom: it is for the eyes that the whole file is
  // for, and where something in it is for few, for those.
  Result<void> count_unread(store::Transaction& tx) {
    intel::ImportCounts unread;
    unread.refused = report_.refused_count - refused_with_label_;
    const trust::Label label = strictest_.value_or(import_label(person_, request_, {}));
    return intel::add_counts(tx, report_.import_id, TRY(trust::intern(tx, label)), unread);
  }

  static bool is_input_fault(const Error& error) {
    return error.code == ErrorCode::Malformed || error.code == ErrorCode::TooLarge || error.code == ErrorCode::Conflict;
  }

  Result<void> add(Pending pending) {
    pending_bytes_ += pending.bytes().size();
    pending_.push_back(std::move(pending));
    return pending_.size() >= kObjectsPerCommit || pending_bytes_ >= kBytesPerCommit ? hand_over() : Result<void>{};
  }

  // One run is stored while the next is read.
  Result<void> hand_over() {
    TRY_VOID(take_back());
    storing_ = std::move(pending_);
    pending_.clear();
    pending_bytes_ = 0;
    if (storing_.empty()) return {};
    stored_ = std::async(std::launch::async, [this] { return store(); });
    return {};
  }

  Result<void> take_back() {
    if (!stored_.valid()) return {};
    const auto outcomes = TRY(stored_.get());
    for (std::size_t i = 0; i < storing_.size(); ++i) count(storing_[i], outcomes[i]);
    return {};
  }

  static Result<void> make(Pending& pending, Time created, Time modified) {
    const lists::Entry& entry = *pending.entry;
    // Shared as it was written: others may compare with case.
    const observable::Value value{entry.value.kind, entry.written.empty() ? entry.value.text : entry.written};
    pending.made = stix::indicator_for(value, entry.source, entry.description, created, modified);
    pending.object = TRY(stix::read_object(pending.made));
    return {};
  }

  // A list gives no versions; ours get the time of the import. Where the newest one here says the same under the same
  // label, it stands; where it says something else, the new one has its time of creation.
  Result<void> let_stand_what_stands() {
    return context_.db->read([&](store::Transaction& tx) -> Result<void> {
      const trust::Scope scope = TRY(trust::scope(tx, trust::PersonReader{person_}));
      for (Pending& pending : storing_) {
        if (!pending.entry) continue;
        if (request_.dry_run) {
          const auto said = TRY(intel::said_before(tx, run_, pending.object.id));
          pending.contradicts = said && *said != pending.said;
        }
        for (const intel::Item& known : TRY(intel::copies(tx, pending.object.id, scope))) {
          if (known.voucher != context_.self.party || !known.current || known.erased) continue;
          const std::string bytes = TRY(intel::bytes(tx, known.item, scope));
          const stix::Object object = TRY(stix::read_object(bytes));
          const auto created = base::from_rfc3339(object.created.value_or(""));
          if (!created || !object.modified_time) break;
          const trust::Label label = import_label(person_, request_, pending.object);
          TRY_VOID(make(pending, *created, *object.modified_time));
          if (pending.made != bytes || label != TRY(trust::label(tx, known.label))) {
            if (!request_.dry_run) pending.contradicts = TRY(intel::is_of_import(tx, known.item, report_.import_id));
            TRY_VOID(make(pending, *created, now_));
          }
          break;
        }
      }
      return {};
    });
  }

  // Only the first thing that a list says of a value counts, or each import would undo what the one before has said. Of
  // earlier runs the repository knows it: what stands there came with this import, or was foreseen. So only one run is
  // remembered.
  void mark_contradictions() {
    std::unordered_map<std::string_view, Digest> first;
    for (Pending& pending : storing_)
      if (pending.entry && !pending.contradicts)
        pending.contradicts = first.try_emplace(pending.object.id, pending.said).first->second != pending.said;
  }

  Result<std::vector<Result<intel::Put>>> store() {
    TRY_VOID(let_stand_what_stands());
    mark_contradictions();
    // The function may run twice (group commit): what it yields is collected afresh each time.
    std::vector<Result<intel::Put>> outcomes;
    TRY_VOID(context_.db->write([&](store::Transaction& tx) -> Result<void> {
      outcomes.clear();
      std::map<trust::LabelId, intel::ImportCounts> by_label;
      trust::NumberedLabel label;  // most objects of a file share theirs
      for (const Pending& pending : storing_) {
        if (pending.contradicts)
          outcomes.push_back(intel::Put{intel::Outcome::SameVersionOtherContent, 0, {}});
        else
          outcomes.push_back(request_.dry_run ? foresee_one(tx, pending) : store_one(tx, pending, label));
        if (!outcomes.back() && !is_input_fault(outcomes.back().error()))
          return tl::unexpected(outcomes.back().error());
        if (request_.dry_run) continue;
        TRY_VOID(find_label(tx, pending, label));
        intel::ImportCounts& counts = by_label[label.id];
        std::int64_t* const place = place_of(counts, outcomes.back());
        ++(place ? *place : counts.refused);
      }
      // With the objects themselves, so that an import that is cut off says what it stored.
      for (const auto& [id, counts] : by_label) TRY_VOID(intel::add_counts(tx, report_.import_id, id, counts));
      return {};
    }));
    return outcomes;
  }

  // Where an outcome is counted; null for what is refused.
  template <typename Counts>
  static std::int64_t* place_of(Counts& counts, const Result<intel::Put>& outcome) {
    if (!outcome) return nullptr;
    switch (outcome->outcome) {
      case intel::Outcome::Stored:
        return &counts.stored;
      case intel::Outcome::Updated:
      case intel::Outcome::OlderVersion:
        return &counts.updated;
      case intel::Outcome::Unchanged:
        return &counts.unchanged;
      case intel::Outcome::SameVersionOtherContent:
      case intel::Outcome::RevokedBefore:
        return nullptr;
    }
    return nullptr;
  }

  Result<intel::Put> foresee_one(store::Transaction& tx, const Pending& pending) {
    const trust::Label label = import_label(person_, request_, pending.object);
    return foresee(tx, pending.object, pending.bytes(), label, run_, pending.said, rule_for(pending));
  }

  Result<void> find_label(store::Transaction& tx, const Pending& pending, trust::NumberedLabel& label) const {
    trust::Label wanted = import_label(person_, request_, pending.object);
    if (label.id == 0 || label.label != wanted) label = {TRY(trust::intern(tx, wanted)), std::move(wanted)};
    return {};
  }

  Result<intel::Put> store_one(store::Transaction& tx, const Pending& pending, trust::NumberedLabel& label) {
    TRY_VOID(find_label(tx, pending, label));
    const intel::Provenance provenance{context_.self.party, {}, "", "import", request_.name, now_, report_.import_id};
    return admit(tx, pending.object, pending.bytes(), label, provenance, now_, rule_for(pending));
  }

  static AfterRetraction rule_for(const Pending& pending) {
    return pending.entry ? AfterRetraction::StaysAway : AfterRetraction::LaterVersionReturns;
  }

  void count(const Pending& pending, const Result<intel::Put>& outcome) {
    const trust::Label label = import_label(person_, request_, pending.object);
    if (!strictest_ || label.tlp > strictest_->tlp) strictest_ = label;
    if (!place_of(report_, outcome)) ++refused_with_label_;
    if (!outcome) return refuse(pending.at, pending.start(), outcome.error());
    note(pending.object);
    if (std::int64_t* const place = place_of(report_, outcome)) {
      ++*place;
      return;
    }
    const char* reason =
        outcome->outcome == intel::Outcome::RevokedBefore ? "intel.revoked_before" : "intel.same_version_other_content";
    refuse(pending.at, pending.object.id, Error{ErrorCode::Conflict, reason, {pending.object.id}, {}});
  }

  void note(const stix::Object& object) {
    if (!object.tlp && !request_.tlp) report_.needs_tlp = true;
    for (const stix::Finding& finding : object.findings) note(finding, object);
    if (object.type == "indicator" && !object.revoked) note_matching(object);
  }
  void note(const stix::Finding& finding, const stix::Object& object) {
    auto& counted = by_rule_[finding.rule];
    if (counted == 0) {
      report_.findings.push_back({finding, object.id, 0});
      counted = report_.findings.size();
    }
    ++report_.findings[counted - 1].count;
  }

  // Nobody shall believe that something is watched for which is not.
  void note_matching(const stix::Object& object) {
    using Level = stix::Finding::Level;
    bool is_matched = object.matched != stix::Matched::Not;
    if (object.valid_until && *object.valid_until <= now_) {
      note({Level::Matching, "/valid_until", "import.expired", {}}, object);
      is_matched = false;
    }
    const auto decision = trust::decide(trust::SensorReader{}, import_label(person_, request_, object));
    if (!decision.permitted) {
      note({Level::Matching, "", decision.reason, decision.args}, object);
      is_matched = false;
    }
    if (!is_matched)
      ++report_.not_matched;
    else if (object.matched == stix::Matched::Partly)
      ++report_.partly_matched;
  }

  const Context& context_;
  const ImportRequest& request_;
  const trust::Person person_;  // for whom TLP:RED is
  ImportReport& report_;
  std::string run_;  // of a dry run
  std::int64_t refused_with_label_ = 0;
  std::optional<trust::Label> strictest_;
  const Time now_ = context_.now();
  std::vector<Pending> pending_;
  std::size_t pending_bytes_ = 0;
  std::vector<Pending> storing_;  // belongs to the thread behind stored_ until that is done
  std::future<Result<std::vector<Result<intel::Put>>>> stored_;
  std::map<std::string, std::size_t> by_rule_;  // rule -> place in report_.findings, counted from 1
};

Result<void> import_bundle(Importer& importer, const ImportRequest& request, ImportReport& report) {
  Result<void> outcome{};
  const char* start = request.content.data();
  TRY(stix::for_each_object(request.content, [&](std::string_view bytes, std::size_t index) {
    ++report.objects;
    outcome = importer.add(static_cast<std::int64_t>(index), bytes);
    if (request.on_progress && index % 500 == 0) request.on_progress(static_cast<std::uint64_t>(bytes.data() - start));
    return outcome.has_value();
  }));
  return outcome;
}

Result<void> import_list(Importer& importer, const ImportRequest& request, ImportReport& report) {
  Result<void> outcome{};
  lists::Sink sink;
  sink.entry = [&](const lists::Entry& entry) {
    ++report.objects;
    outcome = importer.add(entry);
    return outcome.has_value();
  };
  sink.refusal = [&](const lists::Refusal& refusal) {
    importer.refuse(static_cast<std::int64_t>(refusal.line), refusal.text,
                    Error{ErrorCode::Malformed, refusal.reason, {std::to_string(refusal.line)}, {}});
  };
  TRY_VOID(lists::read(report.format, request.content, sink));
  return outcome;
}

// What is unpacked lies in memory beside what was sent. A few kilobytes may unpack to any size: so less is taken than
// of a file that somebody had to send whole.
constexpr std::size_t kMaxUnpackedBytes = std::size_t{256} << 20;

Result<std::string> unpacked(const ImportRequest& request) {
  std::string out;
  bool too_large = false;
  TRY_VOID(telemetry::unpack(request.name, request.content, [&](std::string_view chunk) {
    too_large = out.size() + chunk.size() > kMaxUnpackedBytes;
    if (!too_large) out += chunk;
    return !too_large;
  }));
  if (too_large)
    return fail(ErrorCode::TooLarge, "import.unpacks_too_large", {request.name, std::to_string(kMaxUnpackedBytes)});
  return out;
}

Result<ImportReport> import_content(const Context& context, const ImportRequest& request) {
  ImportReport report;
  report.format = request.format ? *request.format : TRY(lists::recognise(request.content.substr(0, 1u << 16)));
  report.tlp = request.tlp.value_or(stix::Tlp::Amber);
  const std::string person = TRY(person_behind(context, request.by));
  Importer importer(context, request, {context.self.party, person}, report);
  TRY_VOID(importer.begin());
  const auto read = report.format == lists::Format::StixBundle ? import_bundle(importer, request, report)
                                                               : import_list(importer, request, report);
  const auto finished = read ? importer.finish() : read;
  if (!finished) {
    importer.note_stop(finished.error());
    return tl::unexpected(finished.error());
  }
  if (!request.dry_run) context.changed("intel");
  return report;
}

}  // namespace

Result<ImportReport> import_file(const Context& context, const ImportRequest& request) {
  if (!telemetry::is_compressed(request.content)) return import_content(context, request);
  const std::string content = TRY(unpacked(request));
  ImportRequest plain = request;
  plain.content = content;
  return import_content(context, plain);
}

}  // namespace tocsin::journeys
