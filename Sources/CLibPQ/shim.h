// libpq, and the two Linux headers that Swift's Glibc module leaves out.
#ifndef TUSSOCK_CLIBPQ_H
#define TUSSOCK_CLIBPQ_H

#include <libpq-fe.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

#endif
