/* ipc-security-win32.c: permissions as access control lists, and whom an opener trusts
 *
 *   permissions  0400 0200  the user, by his SID
 *                0040 0020  the primary group of his token
 *                0004 0002  Everyone (S-1-1-0)
 *
 * Each that may anything gets one entry with what reading and writing mean for the type of object;
 * the user, if he may both, gets all rights, which is what Create calls of other programs ask of an
 * object that exists.  The list is protected: nothing is inherited.  Whoever made an object can
 * change its list, whatever it says; so can the administrators, as root can on other systems.
 *
 * The other way round, an entry of somebody else than these counts as one of Everyone, but for those
 * of the system itself and of the administrators, which say nothing; no list at all is 0666.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ipc-error-private.h"
#include "ipc-win32-private.h"

#include <aclapi.h>
#include <sddl.h>

struct _IpcSecurity
{
  SECURITY_ATTRIBUTES  attributes;
  PSECURITY_DESCRIPTOR descriptor; /* by LocalAlloc() */
};

/* Everyone may ask who may; nobody may do anything else. */
#define PENDING_LIST "D:P(A;;RC;;;WD)"

/* -- Who is who -- */

/* A part of this process's token; to be freed by g_free(). */
static gpointer
token_part (TOKEN_INFORMATION_CLASS part)
{
  DWORD size = 0;
  gpointer found = NULL;
  HANDLE token;

  if (!OpenProcessToken (GetCurrentProcess (), TOKEN_QUERY, &token))
    return NULL;

  GetTokenInformation (token, part, NULL, 0, &size);
  if (size > 0)
    found = g_malloc0 (size);
  if (found != NULL && !GetTokenInformation (token, part, found, size, &size))
    g_clear_pointer (&found, g_free);

  CloseHandle (token);
  return found;
}

static gboolean
is_known (PSID sid, WELL_KNOWN_SID_TYPE which)
{
  return IsWellKnownSid (sid, which) != FALSE;
}

static gboolean
is_system (PSID sid)
{
  return is_known (sid, WinLocalSystemSid) || is_known (sid, WinBuiltinAdministratorsSid);
}

static gboolean
is_user (PSID sid)
{
  g_autofree TOKEN_USER *user = token_part (TokenUser);

  return user != NULL && EqualSid (sid, user->User.Sid);
}

/* What belongs to whatever makes objects for this user: himself, or a group that stands for him. */
static gboolean
is_default_owner (PSID sid)
{
  g_autofree TOKEN_OWNER *owner = token_part (TokenOwner);

  return owner != NULL && EqualSid (sid, owner->Owner);
}

static gboolean
is_group (PSID sid)
{
  g_autofree TOKEN_PRIMARY_GROUP *group = token_part (TokenPrimaryGroup);

  return group != NULL && EqualSid (sid, group->PrimaryGroup);
}

/* The bits of permissions that say what @sid may; 0: it does not count. */
static guint
bits_of (PSID sid, PSID owner)
{
  if (is_user (sid))
    return 0700;
  if (is_system (sid))
    return 0;
  if (is_group (sid))
    return 0070;

  return owner != NULL && EqualSid (sid, owner) ? 0700 : 0007;
}

static char *
sid_to_text (PSID sid)
{
  LPWSTR text;
  char *copy;

  if (!ConvertSidToStringSidW (sid, &text))
    return g_strdup ("?");

  copy = g_utf16_to_utf8 ((const gunichar2 *) text, -1, NULL, NULL, NULL);
  LocalFree (text);
  return copy;
}

/* DOMAIN\NAME and the SID, for messages. */
static char *
owner_text (PSID sid)
{
  g_autofree char *text = sid_to_text (sid);
  wchar_t name[256], domain[256];
  DWORD name_size = G_N_ELEMENTS (name), domain_size = G_N_ELEMENTS (domain);
  g_autofree char *name_text = NULL;
  g_autofree char *domain_text = NULL;
  SID_NAME_USE use;

  if (!LookupAccountSidW (NULL, sid, name, &name_size, domain, &domain_size, &use))
    return g_steal_pointer (&text);

  name_text = g_utf16_to_utf8 ((const gunichar2 *) name, -1, NULL, NULL, NULL);
  domain_text = g_utf16_to_utf8 ((const gunichar2 *) domain, -1, NULL, NULL, NULL);
  return g_strdup_printf ("%s\\%s (%s)", domain_text, name_text, text);
}

/* -- From permissions -- */

static IpcSecurity *
security_from_sddl (const char *sddl, const char *object, GError **error)
{
  g_autofree gunichar2 *wide = g_utf8_to_utf16 (sddl, -1, NULL, NULL, NULL);
  IpcSecurity *self = g_new0 (IpcSecurity, 1);

  self->attributes.nLength = sizeof self->attributes;
  if (!ConvertStringSecurityDescriptorToSecurityDescriptorW ((LPCWSTR) wide, SDDL_REVISION_1,
                                                             &self->descriptor, NULL))
    {
      ipc_throw_win32 (error, GetLastError (),
                       "ConvertStringSecurityDescriptorToSecurityDescriptor", object);
      g_free (self);
      return NULL;
    }

  self->attributes.lpSecurityDescriptor = self->descriptor;
  return self;
}

/* @bits: 4 to read, 2 to write. */
static void
append_entry (GString *sddl, const char *sid, guint bits, DWORD both, const IpcRights *rights)
{
  const DWORD mask = (bits & 6) == 6 ? both
                                     : (bits & 4 ? rights->read : 0) | (bits & 2 ? rights->write : 0);

  if ((bits & 6) != 0)
    g_string_append_printf (sddl, "(A;;0x%lx;;;%s)", (gulong) (mask | READ_CONTROL), sid);
}

IpcSecurity *
ipc_security_new (guint permissions, const IpcRights *rights, const char *object, GError **error)
{
  g_autofree TOKEN_USER *user = token_part (TokenUser);
  g_autofree TOKEN_PRIMARY_GROUP *group = token_part (TokenPrimaryGroup);
  g_autofree char *user_sid = NULL;
  g_autofree char *group_sid = NULL;
  g_autoptr (GString) sddl = g_string_new (NULL);

  if (user == NULL || group == NULL)
    return ipc_null_throw_win32 (error, GetLastError (), "GetTokenInformation", object);

  user_sid = sid_to_text (user->User.Sid);
  group_sid = sid_to_text (group->PrimaryGroup);
  g_string_append_printf (sddl, "O:%sD:P", user_sid);
  append_entry (sddl, user_sid, permissions >> 6, rights->all, rights);
  append_entry (sddl, group_sid, permissions >> 3, rights->read | rights->write, rights);
  append_entry (sddl, "WD", permissions, rights->read | rights->write, rights);
  return security_from_sddl (sddl->str, object, error);
}

IpcSecurity *
ipc_security_new_pending (const char *object, GError **error)
{
  g_autofree TOKEN_USER *user = token_part (TokenUser);
  g_autofree char *user_sid = user != NULL ? sid_to_text (user->User.Sid) : NULL;
  g_autofree char *sddl = user_sid != NULL ? g_strdup_printf ("O:%s" PENDING_LIST, user_sid) : NULL;

  if (sddl == NULL)
    return ipc_null_throw_win32 (error, GetLastError (), "GetTokenInformation", object);

  return security_from_sddl (sddl, object, error);
}

SECURITY_ATTRIBUTES *
ipc_security_attributes (IpcSecurity *self)
{
  return &self->attributes;
}

void
ipc_security_free (IpcSecurity *self)
{
  LocalFree (self->descriptor);
  g_free (self);
}

gboolean
ipc_security_apply (IpcSecurity *self, HANDLE handle, const char *object, GError **error)
{
  return SetKernelObjectSecurity (handle,
                                  DACL_SECURITY_INFORMATION | PROTECTED_DACL_SECURITY_INFORMATION,
                                  self->descriptor)
         || ipc_throw_win32 (error, GetLastError (), "SetKernelObjectSecurity", object);
}

/* -- To permissions -- */

/* To be freed by LocalFree(). */
static PSECURITY_DESCRIPTOR
security_of (HANDLE handle, PSID *owner, PACL *list)
{
  PSECURITY_DESCRIPTOR descriptor = NULL;
  const DWORD code = GetSecurityInfo (handle, SE_KERNEL_OBJECT,
                                      OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION, owner,
                                      NULL, list, NULL, &descriptor);

  if (code == ERROR_SUCCESS)
    return descriptor;

  SetLastError (code);
  return NULL;
}

/* The @index'th entry, if it allows anything. */
static const ACCESS_ALLOWED_ACE *
allowing_entry (PACL list, guint index)
{
  ACCESS_ALLOWED_ACE *entry;

  return GetAce (list, index, (gpointer *) &entry)
                 && entry->Header.AceType == ACCESS_ALLOWED_ACE_TYPE
             ? entry
             : NULL;
}

static DWORD
mapped_rights (DWORD mask, const IpcRights *rights)
{
  const GENERIC_MAPPING mapping = { rights->read, rights->write, 0, rights->all };

  MapGenericMask (&mask, (GENERIC_MAPPING *) &mapping);
  return mask;
}

static guint
permissions_from_list (PACL list, PSID owner, const IpcRights *rights)
{
  guint permissions = 0;

  if (list == NULL)
    return owner == NULL ? 0600 : 0666;

  for (guint i = 0; i < list->AceCount; i++)
    {
      const ACCESS_ALLOWED_ACE *entry = allowing_entry (list, i);
      const DWORD mask = entry != NULL ? mapped_rights (entry->Mask, rights) : 0;
      const guint who = entry != NULL ? bits_of ((PSID) &entry->SidStart, owner) : 0;

      permissions |= ((mask & rights->read) == rights->read ? 0444u & who : 0)
                     | ((mask & rights->write) == rights->write ? 0222u & who : 0);
    }

  return permissions;
}

/* Whether @list is PENDING_LIST. */
static gboolean
is_pending_list (PACL list)
{
  const ACCESS_ALLOWED_ACE *entry = list != NULL && list->AceCount == 1 ? allowing_entry (list, 0)
                                                                        : NULL;

  return entry != NULL && entry->Mask == READ_CONTROL
         && is_known ((PSID) &entry->SidStart, WinWorldSid);
}

gboolean
ipc_security_is_pending (HANDLE handle)
{
  PSID owner = NULL;
  PACL list = NULL;
  PSECURITY_DESCRIPTOR descriptor = security_of (handle, &owner, &list);
  const gboolean pending = descriptor != NULL && is_pending_list (list);

  LocalFree (descriptor);
  return pending;
}

/* -- Trust -- */

static gboolean
check_owner (PSID owner, guint permissions, const IpcRequest *request, const char *call,
             GError **error)
{
  const guint writers = permissions & 0022 & ~request->permissions;
  g_autofree char *who = NULL;

  /* Only what has no name, and came by a handle that was made for this process; or under Wine,
   * where all objects are this user's. */
  if (owner == NULL)
    return TRUE;

  who = owner_text (owner);
  if (!(is_user (owner) || is_system (owner) || is_default_owner (owner)))
    return ipc_throw (error, IPC_ERROR_UNTRUSTED, call, request->name->text,
                      "it belongs to %s; if that is meant, open it with ANY_OWNER", who);

  return writers == 0
         || ipc_throw (error, IPC_ERROR_UNTRUSTED, call, request->name->text,
                       "it belongs to %s and its permissions 0%o let others write to it; if that "
                       "is meant, open it with the permissions 0%o or ANY_OWNER",
                       who, permissions, permissions);
}

gboolean
ipc_security_check (HANDLE handle, const IpcRights *rights, const IpcRequest *request,
                    gboolean any_owner, const char *call, guint *permissions, GError **error)
{
  PSID owner = NULL;
  PACL list = NULL;
  PSECURITY_DESCRIPTOR descriptor = security_of (handle, &owner, &list);
  gboolean trusted;

  *permissions = 0;
  if (descriptor == NULL)
    return any_owner
           || ipc_throw (error, IPC_ERROR_UNTRUSTED, call, request->name->text,
                         "this user may not ask to whom it belongs; if it is to be used all the "
                         "same, open it with ANY_OWNER");

  *permissions = permissions_from_list (list, owner, rights);
  trusted = any_owner || check_owner (owner, *permissions, request, call, error);
  LocalFree (descriptor);
  return trusted;
}
