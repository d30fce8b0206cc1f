#include "bench/generate.h"

#include <fmt/format.h>

#include <array>
#include <random>

namespace tocsin::bench {
namespace {

using observable::Kind;

/// std::mt19937_64 is the same everywhere; the standard distributions are not.
class Source {
 public:
  explicit Source(std::uint64_t seed) : engine_(seed) {}
  std::uint64_t below(std::uint64_t limit) { return engine_() % limit; }
  bool once_in(std::uint64_t n) { return below(n) == 0; }

  std::string address() { return fmt::format("{}.{}.{}.{}", 11 + below(212), below(256), below(256), 1 + below(254)); }
  std::string local_address() { return fmt::format("10.{}.{}.{}", below(4), below(64), 1 + below(254)); }

  std::string word(std::size_t shortest, std::size_t longest) {
    std::string out(shortest + below(longest - shortest + 1), ' ');
    for (char& c : out) c = "abcdefghijklmnopqrstuvwxyz0123456789-"[below(36)];
    return out;
  }
  std::string domain() {
    constexpr std::array kTops{"com", "net", "org", "info", "top", "xyz", "co.uk", "vn", "fr"};
    std::string out = word(5, 16) + '.' + kTops[below(kTops.size())];
    return once_in(3) ? word(3, 8) + '.' + out : out;
  }
  std::string hex(std::size_t digits) {
    std::string out(digits, ' ');
    for (char& c : out) c = "0123456789abcdef"[below(16)];
    return out;
  }
  std::string path() { return '/' + word(3, 10) + '/' + word(4, 20) + "?id=" + word(4, 12); }

 private:
  std::mt19937_64 engine_;
};

observable::Value generate_value(Source& source) {
  const auto which = source.below(10);
  std::string text;
  Kind kind = Kind::Ipv4;
  if (which < 5) {
    text = source.address();
  } else if (which < 8) {
    kind = Kind::Domain;
    text = source.domain();
  } else if (which < 9) {
    kind = Kind::Url;
    text = "http://" + source.domain() + source.path();
  } else {
    kind = Kind::Sha256;
    text = source.hex(64);
  }
  return {kind, std::move(text)};
}

/// A value of `kind` from the rules once in a thousand, else what `otherwise` makes.
template <typename Otherwise>
std::string maybe_indicated(Source& source, const std::vector<watch::Rule>& rules, Kind kind, Otherwise otherwise) {
  if (!rules.empty() && source.once_in(1000))
    for (int attempt = 0; attempt < 20; ++attempt) {
      const auto& value = rules[source.below(rules.size())].value;
      if (value.kind == kind) return value.text;
    }
  return otherwise();
}

std::string header(std::string_view path, std::string_view fields, std::string_view types) {
  return fmt::format(
      "#separator "
      "\\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\t{}\n#fields\t{}\n#types\t{}\n",
      path, fields, types);
}

struct Line {
  Source& source;
  const std::vector<watch::Rule>& rules;
  std::uint64_t number = 0;

  std::string time() {
    ++number;
    return fmt::format("{}.{:06}", 1'700'000'000 + number / 50, source.below(1'000'000));
  }
  std::string uid() { return 'C' + source.word(16, 17); }
  std::string remote() {
    return maybe_indicated(source, rules, Kind::Ipv4, [&] { return source.address(); });
  }
  std::string name() {
    return maybe_indicated(source, rules, Kind::Domain, [&] { return source.domain(); });
  }

  void conn(std::string& out) {
    fmt::format_to(std::back_inserter(out),
                   "{}\t{}\t{}\t{}\t{}\t443\ttcp\tssl\t{}.{:06}\t{}\t{}\tSF\tT\tF\t0\tShADadFf\t{}\t{}\t{}\t{}\t-\n",
                   time(), uid(), source.local_address(), 1024 + source.below(60'000), remote(), source.below(100),
                   source.below(1'000'000), source.below(5000), source.below(100'000), source.below(40),
                   source.below(9000), source.below(80), source.below(120'000));
  }
  void dns(std::string& out) {
    fmt::format_to(
        std::back_inserter(out),
        "{}\t{}\t{}\t{}\t10.0.0.53\t53\tudp\t{}\t0.000870\t{}\t1\tC_INTERNET\t1\tA\t0\tNOERROR\tF\tF\tT\tT\t0"
        "\t{},{}\t60.000000,60.000000\tF\n",
        time(), uid(), source.local_address(), 1024 + source.below(60'000), source.below(65'536), name(),
        source.domain(), remote());
  }
  void http(std::string& out) {
    fmt::format_to(
        std::back_inserter(out),
        "{}\t{}\t{}\t{}\t{}\t80\t1\tGET\t{}\t{}\t-\t1.1\tMozilla/5.0 (X11; Linux x86_64; rv:{}.0) "
        "Gecko/20100101 Firefox/{}.0\t-\t0\t{}\t200\tOK\t-\t-\t(empty)\t-\t-\t-\t-\t-\t-\t{}\t-\ttext/html\n",
        time(), uid(), source.local_address(), 1024 + source.below(60'000), remote(), name(), source.path(),
        60 + source.below(60), 60 + source.below(60), source.below(100'000), 'F' + source.word(16, 17));
  }
};

}  // namespace

std::vector<watch::Rule> generate_rules(std::size_t count, std::uint64_t seed) {
  Source source(seed);
  std::vector<watch::Rule> out;
  out.reserve(count);
  while (out.size() < count) out.push_back({generate_value(source), out.size(), true});
  return out;
}

std::string generate_zeek(std::size_t bytes, const std::vector<watch::Rule>& rules, std::uint64_t seed) {
  Source source(seed);
  Line line{source, rules};
  std::string out = header(
      "conn",
      "ts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tservice\tduration\torig_bytes\tresp_bytes\tconn_"
      "state\t"
      "local_orig\tlocal_resp\tmissed_bytes\thistory\torig_pkts\torig_ip_bytes\tresp_pkts\tresp_ip_bytes\ttunnel_"
      "parents",
      "time\tstring\taddr\tport\taddr\tport\tenum\tstring\tinterval\tcount\tcount\tstring\tbool\tbool\tcount\tstring\t"
      "count\tcount\tcount\tcount\tset[string]");
  // By volume a usual network: six tenths connections, two tenths each of names and requests.
  while (out.size() < bytes * 6 / 10) line.conn(out);
  out +=
      header("dns",
             "ts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\ttrans_id\trtt\tquery\tqclass\tqclass_name\t"
             "qtype\tqtype_name\trcode\trcode_name\tAA\tTC\tRD\tRA\tZ\tanswers\tTTLs\trejected",
             "time\tstring\taddr\tport\taddr\tport\tenum\tcount\tinterval\tstring\tcount\tstring\tcount\tstring\t"
             "count\tstring\tbool\tbool\tbool\tbool\tcount\tvector[string]\tvector[interval]\tbool");
  while (out.size() < bytes * 8 / 10) line.dns(out);
  out +=
      header("http",
             "ts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\ttrans_depth\tmethod\thost\turi\treferrer\tversion\t"
             "user_agent\torigin\trequest_body_len\tresponse_body_len\tstatus_code\tstatus_msg\tinfo_code\tinfo_msg\t"
             "tags\tusername\tpassword\tproxied\torig_fuids\torig_filenames\torig_mime_types\tresp_fuids\t"
             "resp_filenames\tresp_mime_types",
             "time\tstring\taddr\tport\taddr\tport\tcount\tstring\tstring\tstring\tstring\tstring\tstring\tstring\t"
             "count\tcount\tcount\tstring\tcount\tstring\tset[enum]\tstring\tstring\tset[string]\tvector[string]\t"
             "vector[string]\tvector[string]\tvector[string]\tvector[string]\tvector[string]");
  while (out.size() < bytes) line.http(out);
  return out;
}

}  // namespace tocsin::bench
