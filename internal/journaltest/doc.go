// Package journaltest tests package journal on the databases that it supports.
// It is a module of its own, so that the drivers stay out of the library's.
//
// The tests on SQLite run everywhere. Those on PostgreSQL and MariaDB are
// skipped if there is no server. WAPAY_TEST_POSTGRES and WAPAY_TEST_MARIADB
// name other servers.
package journaltest
