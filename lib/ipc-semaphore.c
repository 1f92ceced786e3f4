/* ipc-semaphore.c: the object: arguments, deadlines, which mechanism, lifetime
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ipc-queue-private.h"
#include "ipc-semaphore-private.h"
#include "ipc-error-private.h"

/**
 * SECTION:ipc-semaphore
 * @title: IpcSemaphore
 * @short_description: counting semaphores between processes, one or a set
 *
 * A counting semaphore is a number that processes change together: ipc_semaphore_post() adds one
 * unit, ipc_semaphore_wait() takes one and waits while there is none.  A set is several of them
 * under one name, changed together by ipc_semaphore_operate(): all at once or not at all.
 *
 * The name says which mechanism carries the semaphore.  What a mechanism cannot do is
 * %IPC_ERROR_NOT_SUPPORTED:
 *
 * |[
 * backend  sets  wait for zero  many at once  UNDO  value     waiters  maximum
 * native   yes   yes            yes           yes   get, set  yes      8388607
 * sysv     yes   yes            yes           yes   get, set  yes      32767
 * posix    one   no             no            no    get       no       2147483647
 * ]|
 *
 * A wait has a relative timeout in microseconds on the monotonic clock; setting the system's time
 * does not change it, and on Linux time that the machine spends suspended does not count.  A signal
 * neither ends nor prolongs a wait.  A #GCancellable ends it at once (native) or within 50 ms.
 *
 * An object may be used from several threads at once.  ipc_semaphore_close() in one thread ends
 * the waits of the others with %IPC_ERROR_CLOSED.  After fork() a child may go on using it.
 *
 * Dropping an object never removes the semaphore: others may be using it.  ipc_semaphore_unlink()
 * does.
 */

/**
 * IpcSemaphore:
 *
 * A semaphore, or a set of them, that this process has open.
 *
 * Since: 0.1
 */

enum
{
  PROP_NAME = 1,
  PROP_BACKEND,
  PROP_OPEN_MODE,
  PROP_PERMISSIONS,
  PROP_FLAGS,
  PROP_CREATED,
  PROP_INITIAL_VALUES,
  PROP_SIZE,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

static void ipc_semaphore_initable_init (GInitableIface *iface);

G_DEFINE_TYPE_WITH_CODE (IpcSemaphore, ipc_semaphore, G_TYPE_OBJECT,
                         G_IMPLEMENT_INTERFACE (G_TYPE_INITABLE, ipc_semaphore_initable_init))

GType ipc_semaphore_type;

static gboolean
check_values (IpcSemaphore *self, const guint *values, gsize n_values, GError **error)
{
  if (n_values == 0 && self->open_mode != IPC_OPEN_EXISTING)
    return ipc_throw (error, IPC_ERROR_INVALID_ARGUMENT, self->call, self->name,
                      "a set of no semaphores cannot be made; give one initial value for each");

  if (n_values > self->ops->max_size)
    return ipc_throw (error,
                      self->ops->max_size == 1 ? IPC_ERROR_NOT_SUPPORTED
                                               : IPC_ERROR_INVALID_ARGUMENT,
                      self->call, self->name, "a set of %" G_GSIZE_FORMAT "; %s has at most %u",
                      n_values, ipc_backend_get_name (self->ops->backend), self->ops->max_size);

  if (self->open_mode == IPC_OPEN_EXISTING)
    return TRUE;

  for (gsize i = 0; i < n_values; i++)
    if (values[i] > self->ops->max_value)
      return ipc_throw (error, IPC_ERROR_OVERFLOW, self->call, self->name,
                        "initial value %u of semaphore %" G_GSIZE_FORMAT " is above the maximum, %u",
                        values[i], i, self->ops->max_value);

  return TRUE;
}

static gboolean
check_options (IpcSemaphore *self, GError **error)
{
  if (self->permissions > 0777)
    return ipc_throw (error, IPC_ERROR_INVALID_ARGUMENT, self->call, self->name,
                      "permissions 0%o; they go from 0 to 0777", self->permissions);

  if ((self->flags & IPC_SEMAPHORE_UNDO) && !self->ops->has_undo)
    return ipc_throw (error, IPC_ERROR_NOT_SUPPORTED, self->call, self->name,
                      "%s semaphores cannot give back what a dead process took (UNDO); "
                      "native: ones can",
                      ipc_backend_get_name (self->ops->backend));

  return TRUE;
}

static gboolean
open_handle (IpcSemaphore *self, const guint *values, gsize n_values, GCancellable *cancellable,
             GError **error)
{
  IpcOpened opened = { 0 };
  IpcRequest request = {
    .call = self->call,
    .name = self->parsed,
    .mode = self->open_mode,
    .permissions = self->permissions,
    .flags = self->flags,
    .cancellable = cancellable,
    .values = values,
    .n_values = n_values,
  };

  self->handle = self->ops->open (&request, &opened, error);
  if (self->handle == NULL)
    return FALSE;

  self->created = opened.created;
  self->permissions = opened.permissions;
  self->size = opened.n_values;
  self->held = opened.held;
  g_atomic_pointer_set (&self->word, opened.word);
  return TRUE;
}

static gboolean
ipc_semaphore_initable_real_init (GInitable *initable, GCancellable *cancellable, GError **error)
{
  IpcSemaphore *self = IPC_SEMAPHORE (initable);
  const guint *values = NULL;
  gsize n_values = 0;

  if (self->handle != NULL)
    return TRUE;

  if (self->name == NULL)
    return ipc_throw (error, IPC_ERROR_INVALID_NAME, self->call, "", "no name given");

  g_clear_pointer (&self->parsed, ipc_name_free);
  self->parsed = ipc_name_parse (self->name, error);
  if (self->parsed == NULL)
    return FALSE;

  self->ops = ipc_semaphore_ops_lookup (self->parsed->backend, self->call, self->name, error);
  if (self->ops == NULL)
    return FALSE;

  if (self->initial_values != NULL)
    values = g_variant_get_fixed_array (self->initial_values, &n_values, sizeof (guint));

  return check_values (self, values, n_values, error) && check_options (self, error)
         && !g_cancellable_set_error_if_cancelled (cancellable, error)
         && open_handle (self, values, n_values, cancellable, error);
}

static void
ipc_semaphore_initable_init (GInitableIface *iface)
{
  iface->init = ipc_semaphore_initable_real_init;
}

static void
ipc_semaphore_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  IpcSemaphore *self = IPC_SEMAPHORE (object);

  switch (id)
    {
    case PROP_NAME:
      self->name = g_value_dup_string (value);
      break;
    case PROP_OPEN_MODE:
      self->open_mode = g_value_get_enum (value);
      break;
    case PROP_PERMISSIONS:
      self->permissions = g_value_get_uint (value);
      break;
    case PROP_FLAGS:
      self->flags = g_value_get_flags (value);
      break;
    case PROP_INITIAL_VALUES:
      self->initial_values = g_value_dup_variant (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
ipc_semaphore_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  IpcSemaphore *self = IPC_SEMAPHORE (object);

  switch (id)
    {
    case PROP_NAME:
      g_value_set_string (value, self->name);
      break;
    case PROP_BACKEND:
      g_value_set_enum (value, ipc_semaphore_get_backend (self));
      break;
    case PROP_OPEN_MODE:
      g_value_set_enum (value, self->open_mode);
      break;
    case PROP_PERMISSIONS:
      g_value_set_uint (value, self->permissions);
      break;
    case PROP_FLAGS:
      g_value_set_flags (value, self->flags);
      break;
    case PROP_CREATED:
      g_value_set_boolean (value, self->created);
      break;
    case PROP_INITIAL_VALUES:
      g_value_set_variant (value, self->initial_values);
      break;
    case PROP_SIZE:
      g_value_set_uint (value, self->size);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
ipc_semaphore_finalize (GObject *object)
{
  IpcSemaphore *self = IPC_SEMAPHORE (object);

  if (self->handle != NULL)
    self->ops->close (self->handle);

  g_clear_pointer (&self->queue, ipc_queue_unref);
  g_clear_pointer (&self->parsed, ipc_name_free);
  g_clear_pointer (&self->initial_values, g_variant_unref);
  g_free (self->name);
  G_OBJECT_CLASS (ipc_semaphore_parent_class)->finalize (object);
}

#define GIVEN (G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS)
#define FOUND (G_PARAM_READABLE | G_PARAM_STATIC_STRINGS)

static void
install_given_properties (void)
{
  /**
   * IpcSemaphore:name:
   *
   * The name of the semaphore; it says which mechanism carries it.
   *
   * Since: 0.1
   */
  properties[PROP_NAME] = g_param_spec_string ("name", NULL, NULL, NULL, GIVEN);
  /**
   * IpcSemaphore:open-mode:
   *
   * What opening may find and what it may make.
   *
   * Since: 0.1
   */
  properties[PROP_OPEN_MODE] = g_param_spec_enum ("open-mode", NULL, NULL, IPC_TYPE_OPEN_MODE,
                                                  IPC_OPEN_EXISTING, GIVEN);
  /**
   * IpcSemaphore:permissions:
   *
   * The permissions to make the semaphore with, 0 to 0777, exact: the umask does not cut them.
   * Where it exists already, the write permissions that its opener expects others to have.  Once
   * it is open: those that the semaphore has.
   *
   * Since: 0.1
   */
  properties[PROP_PERMISSIONS] = g_param_spec_uint ("permissions", NULL, NULL, 0, G_MAXUINT, 0600,
                                                    GIVEN);
  /**
   * IpcSemaphore:flags:
   *
   * How to use the semaphore.
   *
   * Since: 0.1
   */
  properties[PROP_FLAGS] = g_param_spec_flags ("flags", NULL, NULL, IPC_TYPE_SEMAPHORE_FLAGS,
                                               IPC_SEMAPHORE_FLAGS_NONE, GIVEN);
  /**
   * IpcSemaphore:initial-values:
   *
   * One value for each semaphore of the set, as an array of unsigned 32-bit numbers (`au`).  They
   * count only when opening makes the set.  Their number is the least size of the set; %NULL: any
   * size.
   *
   * Since: 0.1
   */
  properties[PROP_INITIAL_VALUES] = g_param_spec_variant ("initial-values", NULL, NULL,
                                                          G_VARIANT_TYPE ("au"), NULL, GIVEN);
}

static void
install_found_properties (void)
{
  /**
   * IpcSemaphore:backend:
   *
   * The mechanism that carries the semaphore.
   *
   * Since: 0.1
   */
  properties[PROP_BACKEND] = g_param_spec_enum ("backend", NULL, NULL, IPC_TYPE_BACKEND,
                                                IPC_BACKEND_NONE, FOUND);
  /**
   * IpcSemaphore:created:
   *
   * Whether opening this object made the semaphore.
   *
   * Since: 0.1
   */
  properties[PROP_CREATED] = g_param_spec_boolean ("created", NULL, NULL, FALSE, FOUND);
  /**
   * IpcSemaphore:size:
   *
   * How many semaphores the set has; 0 until it is open.
   *
   * Since: 0.1
   */
  properties[PROP_SIZE] = g_param_spec_uint ("size", NULL, NULL, 0, G_MAXUINT, 0, FOUND);
}

static void
ipc_semaphore_class_init (IpcSemaphoreClass *class)
{
  GObjectClass *object_class = G_OBJECT_CLASS (class);

  object_class->set_property = ipc_semaphore_set_property;
  object_class->get_property = ipc_semaphore_get_property;
  object_class->finalize = ipc_semaphore_finalize;
  install_given_properties ();
  install_found_properties ();
  g_object_class_install_properties (object_class, N_PROPS, properties);

  ipc_semaphore_type = G_TYPE_FROM_CLASS (class);
}

static void
ipc_semaphore_init (IpcSemaphore *self)
{
  self->call = "g_initable_init";
  self->permissions = 0600;
}
