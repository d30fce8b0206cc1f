# Writes OUTPUT: the files of CATALOGUES as arrays of bytes, named by their language tag.
set(arrays "")
set(table "")
foreach(catalogue ${CATALOGUES})
  get_filename_component(tag ${catalogue} NAME_WE)
  string(MAKE_C_IDENTIFIER "k_${tag}" name)
  file(READ ${catalogue} bytes HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
  string(APPEND arrays "constexpr unsigned char ${name}[] = {${bytes}};\n")
  string(APPEND table "    {\"${tag}\", base::as_text(${name})},\n")
endforeach()
file(WRITE ${OUTPUT} "// Written by embed.cmake from catalogues/.
#include \"ground/text/embedded.h\"

namespace tocsin::text {
namespace {

${arrays}
}  // namespace

std::vector<Embedded> embedded() {
  return {
${table}  };
}

}  // namespace tocsin::text
")
