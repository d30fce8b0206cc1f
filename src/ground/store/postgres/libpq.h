// libpq, loaded when the first postgres:// location is opened: a node on SQLite needs neither the library nor what it
// pulls in. Private to this folder.
#pragma once

#include <libpq-fe.h>

#include <memory>

#include "ground/base/result.h"

namespace tocsin::store::postgres {

/// The functions in use, each under its own name without the PQ.
struct Libpq {
  decltype(&PQconnectdbParams) connectdbParams;
  decltype(&PQfinish) finish;
  decltype(&PQstatus) status;
  decltype(&PQhost) host;
  decltype(&PQdb) db;
  decltype(&PQerrorMessage) errorMessage;
  decltype(&PQsetNoticeProcessor) setNoticeProcessor;
  decltype(&PQtransactionStatus) transactionStatus;
  decltype(&PQexec) exec;
  decltype(&PQprepare) prepare;
  decltype(&PQsendQueryPrepared) sendQueryPrepared;
  decltype(&PQsetSingleRowMode) setSingleRowMode;
  decltype(&PQgetResult) getResult;
  decltype(&PQclear) clear;
  decltype(&PQresultStatus) resultStatus;
  decltype(&PQresultErrorField) resultErrorField;
  decltype(&PQcmdStatus) cmdStatus;
  decltype(&PQcmdTuples) cmdTuples;
  decltype(&PQntuples) ntuples;
  decltype(&PQnfields) nfields;
  decltype(&PQftype) ftype;
  decltype(&PQgetvalue) getvalue;
  decltype(&PQgetlength) getlength;
  decltype(&PQgetisnull) getisnull;
};

/// The same table at every call; it stays loaded. Thread safe.
Result<const Libpq*> load_libpq();

struct FreeResult {
  const Libpq* libpq;
  void operator()(PGresult* result) const { libpq->clear(result); }
};
using ResultPointer = std::unique_ptr<PGresult, FreeResult>;

}  // namespace tocsin::store::postgres
