// Laws of values: a normal form is its own normal form, is_normal() never says yes wrongly, and whatever recognise()
// yields is normal.
#include <cstdlib>

#include "formats/observable/observable.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tocsin::observable;
  const std::string_view text = tocsin::base::as_text({data, size});
  for (int i = 0; i <= 21; ++i) {
    const auto kind = static_cast<Kind>(i);
    const auto normal = normalise(kind, text);
    if (is_normal(kind, text)) require(normal == text && is_normal_but_for_case(kind, text));
    if (is_normal_but_for_case(kind, text)) require(normal && normal->size() == text.size());
    if (!normal) continue;
    require(normalise(kind, *normal) == normal);
    require(normal->find('\0') == std::string::npos);
    if (kind == Kind::Url) require(url_host(*normal).has_value());
    if (kind == Kind::Domain) (void)registrable_domain(*normal);
    (void)is_private_address(*normal);
  }
  for (const auto& value : {recognise(text), parse_ip_or_range(text), parse_host(text)})
    if (value) require(normalise(value->kind, value->text) == value->text);
  (void)refang(text);
  return 0;
}
