#include "formats/observable/registrable.h"

#include <libpsl.h>

#include "formats/observable/observable.h"

namespace tocsin::observable {

struct SuffixList::Context {
  explicit Context(psl_ctx_t* list) : psl(list) {}
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;
  ~Context() { psl_free(psl); }  // harmless for the built-in list and for null
  psl_ctx_t* psl;
};

SuffixList::SuffixList(std::unique_ptr<Context> context) : context_(std::move(context)) {}
SuffixList::SuffixList(SuffixList&&) noexcept = default;
SuffixList::~SuffixList() = default;

const SuffixList& SuffixList::system() {
  static const SuffixList list(std::make_unique<Context>(psl_latest(nullptr)));
  return list;
}

std::optional<SuffixList> SuffixList::from_file(const std::string& path) {
  auto context = std::make_unique<Context>(psl_load_file(path.c_str()));
  if (context->psl == nullptr) return std::nullopt;
  return SuffixList(std::move(context));
}

std::optional<std::string> SuffixList::registrable(std::string_view normal_domain) const {
  if (context_->psl == nullptr || normal_domain.find('\0') != std::string_view::npos) return std::nullopt;
  const std::string terminated(normal_domain);
  const char* found = psl_registrable_domain(context_->psl, terminated.c_str());
  if (found == nullptr) return std::nullopt;
  return std::string(found);
}

std::optional<std::string> registrable_domain(std::string_view normal_domain) {
  return SuffixList::system().registrable(normal_domain);
}

}  // namespace tocsin::observable
