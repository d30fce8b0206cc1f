#include "formats/stix/marking.h"

#include <algorithm>
#include <array>

namespace tocsin::stix {
namespace {

struct Named {
  std::string_view id;  // behind "marking-definition--"
  std::optional<Tlp> tlp;
  std::optional<Pap> pap;
};

constexpr std::string_view kMarkingPrefix = "marking-definition--";

constexpr std::array kMarkings{
    // TLP 1.0: STIX 2.1 section 7.2.1.4.
    Named{"613f2e26-407d-48c7-9eca-b8e91df99dc9", Tlp::Clear, {}},
    Named{"34098fce-860f-48ae-8e50-ebd3cc5e41da", Tlp::Green, {}},
    Named{"f88d31f6-486f-44da-b317-01333bde0b82", Tlp::Amber, {}},
    Named{"5e57c739-391a-4eb3-b6be-7d15ca92d5ed", Tlp::Red, {}},
    // TLP 2.0: extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d.
    Named{"94868c89-83c2-464b-929b-a1a8aa3c8487", Tlp::Clear, {}},
    Named{"bab4a63c-aed9-4cf5-a766-dfca5abac2bb", Tlp::Green, {}},
    Named{"55d920b0-5e8b-4f79-9ee9-91f868d9b421", Tlp::Amber, {}},
    Named{"939a9414-2ddd-4d32-a0cd-375ea402b003", Tlp::AmberStrict, {}},
    Named{"e828b379-4e03-4974-9ac4-e53a884c97c1", Tlp::Red, {}},
    // PAP: extension-definition--f8d78575-edfd-406e-8e84-6162a8450f5b.
    Named{"ad15a0cd-55b6-4588-a14c-a66105329b92", {}, Pap::Clear},
    Named{"a3bea94c-b469-41dc-9cfe-d6e7daba7730", {}, Pap::Clear},  // "white", its former name
    Named{"c43594d1-4b11-4c59-93ab-1c9b14d53ce9", {}, Pap::Green},
    Named{"60f8932b-e51e-4458-b265-a2e8be9a80ab", {}, Pap::Amber},
    Named{"740d36e5-7714-4c30-961a-3ae632ceee0e", {}, Pap::Red},
};

template <typename Level>
void tighten(std::optional<Level>& level, std::optional<Level> with) {
  if (with && (!level || *with > *level)) level = with;
}

void read_marking(const json::Value& reference, Object& out) {
  const std::string* id = reference.string();
  if (id != nullptr && id->starts_with(kMarkingPrefix)) {
    const std::string_view uuid = std::string_view(*id).substr(kMarkingPrefix.size());
    for (const auto& known : kMarkings)
      if (known.id == uuid) {
        tighten(out.tlp, known.tlp);
        tighten(out.pap, known.pap);
        return;
      }
  }
  out.unknown_marking = true;
}

std::string upper(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  return out;
}

}  // namespace

std::string_view name(Tlp tlp) {
  switch (tlp) {
    case Tlp::Clear:
      return "TLP:CLEAR";
    case Tlp::Green:
      return "TLP:GREEN";
    case Tlp::Amber:
      return "TLP:AMBER";
    case Tlp::AmberStrict:
      return "TLP:AMBER+STRICT";
    case Tlp::Red:
      return "TLP:RED";
  }
  return "TLP:RED";  // a number that is none of ours: the strictest
}

std::optional<Tlp> tlp_from_name(std::string_view text) {
  std::string word = upper(text);
  if (word.starts_with("TLP:")) word.erase(0, 4);
  if (word == "WHITE") return Tlp::Clear;
  for (const Tlp tlp : {Tlp::Clear, Tlp::Green, Tlp::Amber, Tlp::AmberStrict, Tlp::Red})
    if (word == name(tlp).substr(4)) return tlp;
  return std::nullopt;
}

std::string_view name(Pap pap) {
  switch (pap) {
    case Pap::Clear:
      return "PAP:CLEAR";
    case Pap::Green:
      return "PAP:GREEN";
    case Pap::Amber:
      return "PAP:AMBER";
    case Pap::Red:
      return "PAP:RED";
  }
  return "PAP:RED";
}

std::optional<Pap> pap_from_name(std::string_view text) {
  std::string word = upper(text);
  if (word.starts_with("PAP:")) word.erase(0, 4);
  if (word == "WHITE") return Pap::Clear;
  for (const Pap pap : {Pap::Clear, Pap::Green, Pap::Amber, Pap::Red})
    if (word == name(pap).substr(4)) return pap;
  return std::nullopt;
}

void read_markings(const json::Value& object, Object& out) {
  if (const auto* refs = object.find("object_marking_refs")) {
    if (const auto* list = refs->array())
      for (const auto& reference : *list) read_marking(reference, out);
    else
      out.unknown_marking = true;
  }
  if (const auto* granular = object.find("granular_markings")) {
    if (const auto* list = granular->array()) {
      for (const auto& marking : *list) {
        if (const auto* reference = marking.find("marking_ref"))
          read_marking(*reference, out);
        else if (marking.find("lang") == nullptr)
          out.unknown_marking = true;
      }
    } else {
      out.unknown_marking = true;
    }
  }
  // MISP and others write the marking as a label. It is no marking of the standard, but obeying it cannot widen.
  for (const auto& label : out.labels) {
    const std::string word = upper(label);
    if (word.starts_with("TLP:")) tighten(out.tlp, tlp_from_name(word));
    if (word.starts_with("PAP:")) tighten(out.pap, pap_from_name(word));
  }
}

}  // namespace tocsin::stix
