/* ctl-json.c: what is known of an object, for programs
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ctl.h"

void
ctl_json_string (GString *out, const char *text)
{
  g_autofree char *valid = NULL;

  if (text == NULL)
    {
      g_string_append (out, "null");
      return;
    }

  valid = g_utf8_make_valid (text, -1);
  g_string_append_c (out, '"');
  for (const char *at = valid; *at != '\0'; at = g_utf8_next_char (at))
    {
      const gunichar c = g_utf8_get_char (at);

      if (c == '"' || c == '\\')
        g_string_append_printf (out, "\\%c", (char) c);
      else if (g_unichar_iscntrl (c)) /* also those above ASCII, which terminals obey */
        g_string_append_printf (out, "\\u%04x", c);
      else
        g_string_append_unichar (out, c);
    }
  g_string_append_c (out, '"');
}

void
ctl_json_number (GString *out, const char *indent, const char *name, gint64 number)
{
  g_string_append_printf (out, ",\n%s  \"%s\": ", indent, name);
  if (number < 0)
    g_string_append (out, "null");
  else
    g_string_append_printf (out, "%" G_GINT64_FORMAT, number);
}

static void
add_word (GString *out, const char *indent, const char *name, const char *text)
{
  g_string_append_printf (out, ",\n%s  \"%s\": ", indent, name);
  ctl_json_string (out, text);
}

static const char *
nick (GType type, int value)
{
  g_autoptr (GEnumClass) class = g_type_class_ref (type);
  const GEnumValue *found = g_enum_get_value (class, value);

  return found != NULL ? found->value_nick : NULL;
}

static void
add_holders (GString *out, const char *indent, IpcInfo *info)
{
  gint64 pid, units;

  g_string_append_printf (out, ",\n%s  \"holders\": [", indent);
  for (guint i = 0; ipc_info_get_holder (info, i, &pid, &units); i++)
    {
      g_autofree char *command = ctl_text_command (info, pid);

      g_string_append_printf (out,
                              "%s\n%s    { \"pid\": %" G_GINT64_FORMAT
                              ", \"units\": %" G_GINT64_FORMAT ", \"since\": %" G_GINT64_FORMAT
                              ", \"command\": ",
                              i > 0 ? "," : "", indent, pid, units,
                              ipc_info_get_holder_since (info, i));
      ctl_json_string (out, command);
      g_string_append (out, " }");
    }
  g_string_append (out, "]");
}

/* Numbers, and the names that they have. */
static const struct
{
  const char *name;
  gint64    (*get) (IpcInfo *info);
} numbers[] = {
  { "key", ipc_info_get_key },
  { "id", ipc_info_get_id },
  { "size", ipc_info_get_size },
  { "value", ipc_info_get_value },
  { "uid", ipc_info_get_uid },
  { "gid", ipc_info_get_gid },
  { "creator_pid", ipc_info_get_creator_pid },
  { "last_pid", ipc_info_get_last_pid },
  { "attach_count", ipc_info_get_attach_count },
  { "waiters", ipc_info_get_waiters },
  { "zero_waiters", ipc_info_get_zero_waiters },
  { "change_time", ipc_info_get_change_time },
  { "attach_time", ipc_info_get_attach_time },
  { "detach_time", ipc_info_get_detach_time },
  { "use_time", ipc_info_get_use_time },
  { "recovered_units", ipc_info_get_recovered_units },
  { "recovered_pid", ipc_info_get_recovered_pid },
  { "recovered_time", ipc_info_get_recovered_time },
};

void
ctl_json_info (GString *out, IpcInfo *info, const char *indent)
{
  g_autofree char *mode = ctl_text_mode (ipc_info_get_permissions (info));

  g_string_append_printf (out, "%s{\n%s  \"name\": ", indent, indent);
  ctl_json_string (out, ipc_info_get_name (info));
  add_word (out, indent, "kind", nick (IPC_TYPE_KIND, ipc_info_get_kind (info)));
  add_word (out, indent, "backend", ipc_backend_get_name (ipc_info_get_backend (info)));
  add_word (out, indent, "state", nick (IPC_TYPE_STATE, ipc_info_get_state (info)));
  add_word (out, indent, "path", ipc_info_get_path (info));
  add_word (out, indent, "mode", mode);
  for (gsize i = 0; i < G_N_ELEMENTS (numbers); i++)
    ctl_json_number (out, indent, numbers[i].name, numbers[i].get (info));
  add_holders (out, indent, info);
  g_string_append_printf (out, "\n%s}", indent);
}
