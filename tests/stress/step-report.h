/* step-report.h: how a program that kills its children says what went wrong, and cleans up
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <glib.h>

/* What is just being done, for messages. */
void step_doing (const char *format, ...) G_GNUC_PRINTF (1, 2);

/* Ends the process if @fault is not NULL. */
void step_judge (char *fault);

/* Does @work in a child, so that the names that it makes are removed whatever becomes of it.
 * Returns: an exit status */
int  step_guarded (const char *program, void (*work) (gconstpointer data), gconstpointer data);
