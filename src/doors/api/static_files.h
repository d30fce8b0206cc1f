// The files of the web interface, and the headers that keep every page to itself. Internal to this room.
#pragma once

#include "ground/net/server.h"

namespace tocsin::api {

net::Response static_file(const std::string& web_folder, const net::Request& request);
void add_security_headers(net::Response& response);

}  // namespace tocsin::api
