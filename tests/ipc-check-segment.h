/* ipc-check-segment.h: what tests of segments share: descriptors, and how they get to a peer
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "ipc-check.h"

/* Two pages and a part of a third. */
#define IPC_CHECK_SIZE 10000

/* What /proc calls memory of memfd_create(2). */
#define IPC_CHECK_MEMFD "/memfd:"

/* @call, which uses &error, must be refused. */
#define ipc_check_refused(call, code, words) \
  G_STMT_START \
    { \
      g_autoptr (GError) error = NULL; \
      ck_assert (!(call)); \
      ipc_check_error (error, IPC_ERROR, (code), (words)); \
    } \
  G_STMT_END

/* Each must do it, or the test fails. */
IpcSegment *ipc_check_anonymous (IpcSegmentFlags flags);
IpcSegment *ipc_check_from_fd (int fd, IpcSegmentFlags flags);
int         ipc_check_dup_fd (IpcSegment *segment);
void        ipc_check_write_text (IpcSegment *segment, const char *text);
void        ipc_check_resize (IpcSegment *segment, gsize size);

/* @segment must begin with @text. */
void        ipc_check_text (IpcSegment *segment, const char *text);

/* Bytes @from to @to must be @byte; the file must have @size, and memory for all of it. */
void        ipc_check_fill (IpcSegment *segment, guint8 byte);
void        ipc_check_filled (const guint8 *data, gsize from, gsize to, guint8 byte);
void        ipc_check_part (IpcSegment *segment, gsize from, gsize to, guint8 byte);
void        ipc_check_file (IpcSegment *segment, gsize size);

/* Resizing must be refused, and @segment keeps its size. */
void        ipc_check_no_resize (IpcSegment *segment, gsize size, IpcError code, const char *words);

/* Adds @test once for a segment without a name and once per backend whose segments are files; the
 * loop index _i is what ipc_check_open_kind() opens. */
void        ipc_check_add_kinds (TCase *tcase, const TTest *test);
IpcSegment *ipc_check_open_kind (int kind);

/* By the system's own call: memory that can be sealed. */
int         ipc_check_raw_memfd (gsize size);

/* SCM_RIGHTS, see unix(7). */
void        ipc_check_send_fd (int socket, int fd);
int         ipc_check_receive_fd (int socket);
