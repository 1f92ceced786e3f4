/* dbus-shared.h: what dbus-server.c and dbus-client.c have agreed on
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <ipc/ipc.h>

#define BUS_NAME "org.example.Ipc"
#define BUS_PATH "/org/example/Ipc"
#define METHOD "GetMemory" /* out: the descriptor of the memory, the name of the semaphore */

#define SEGMENT_SIZE 4096
#define PATIENCE_US (60 * G_USEC_PER_SEC)

/* The semaphores of the set. */
enum
{
  STEP_WRITTEN, /* the text is there */
  STEP_READ,    /* and was seen */
  N_STEPS
};
