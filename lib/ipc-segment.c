/* ipc-segment.c: the object: arguments, which mechanism, lifetime
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ipc-error-private.h"
#include "ipc-segment-private.h"

/**
 * SECTION:ipc-segment
 * @title: IpcSegment
 * @short_description: memory that several processes share
 *
 * A segment is memory that processes have in common: what one writes, all others see at once.  It
 * has a name, by which peers find it, or a descriptor, which is sent to them (see
 * ipc_segment_create_anonymous()), and a size, which only ipc_segment_resize() changes.
 *
 * The name says which mechanism carries the segment: `jobs`, `native:jobs` and `posix:/jobs` are the
 * object of shm_open(3), `sysv:0x12334` is that of shmget(2).
 *
 * [Getting started][getting-started] has a first program.
 *
 * ipc_segment_read() and ipc_segment_write() copy, and check each offset.  ipc_segment_get_data()
 * gives the memory itself.  Neither orders what several processes do: that is what #IpcSemaphore is
 * for.
 *
 * New memory is zero.  On `native` and `posix` it is reserved when the segment is made: a full
 * /dev/shm is %IPC_ERROR_NO_SPACE then, and never a SIGBUS later.  System V counts it against the
 * limits of the kernel; %IPC_SEGMENT_POPULATE makes it take the pages at once.
 *
 * An opener never sees a half-made segment, and is not fooled by a squatter: a segment of another
 * user than this one or root, or one that others may write to, is %IPC_ERROR_UNTRUSTED unless that
 * was asked for, by the permissions or by %IPC_SEGMENT_ANY_OWNER.
 *
 * Peers must agree not to cut a segment: if one shrinks the file of a `native` or `posix` segment by
 * ftruncate(2), touching what is gone is SIGBUS in all the others, by ipc_segment_read() as well.
 * Only who may write to the segment can do that.
 *
 * An object may be used from several threads at once.  ipc_segment_detach() in one thread makes
 * calls of the others fail with %IPC_ERROR_CLOSED, also those that are under way.
 *
 * Dropping an object never removes the segment: others may be using it.  ipc_segment_unlink() does.
 */

/**
 * IpcSegment:
 *
 * Memory that is mapped into this process.
 *
 * Since: 0.1
 */

enum
{
  PROP_NAME = 1,
  PROP_BACKEND,
  PROP_OPEN_MODE,
  PROP_SIZE,
  PROP_PERMISSIONS,
  PROP_FLAGS,
  PROP_CREATED,
  PROP_READ_ONLY,
  PROP_PAGE_SIZE,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

static void ipc_segment_initable_init (GInitableIface *iface);

G_DEFINE_TYPE_WITH_CODE (IpcSegment, ipc_segment, G_TYPE_OBJECT,
                         G_IMPLEMENT_INTERFACE (G_TYPE_INITABLE, ipc_segment_initable_init))

GType ipc_segment_type;

static gboolean
check_options (IpcSegment *self, GError **error)
{
  if (self->size > G_MAXSSIZE || (self->size == 0 && self->open_mode != IPC_OPEN_EXISTING))
    return ipc_throw (error, IPC_ERROR_INVALID_ARGUMENT, self->call, self->name,
                      "a segment of %" G_GSIZE_FORMAT " bytes; it may have 1 to %" G_GSSIZE_FORMAT,
                      self->size, G_MAXSSIZE);

  return self->permissions <= 0777
         || ipc_throw (error, IPC_ERROR_INVALID_ARGUMENT, self->call, self->name,
                       "permissions 0%o; they go from 0 to 0777", self->permissions);
}

static void
view_free (gpointer data)
{
  IpcView *self = data;

  ipc_mapping_unref (self->mapping);
  g_free (self);
}

void
ipc_segment_adopt (IpcSegment *self, const IpcOpened *opened, IpcMapping *mapping)
{
  IpcView *view = g_new (IpcView, 1);

  view->data = opened->data;
  view->size = opened->size;
  view->flags = opened->flags;
  view->page_size = opened->page_size;
  view->mapping = mapping != NULL ? ipc_mapping_ref (mapping)
                                  : ipc_mapping_new (opened->data, opened->mapped);
  g_ptr_array_add (self->views, view);

  /* Other threads may read these once it is open. */
  if (self->view == NULL)
    {
      self->permissions = opened->permissions;
      self->created = opened->created;
    }
  g_atomic_pointer_set (&self->view, view);
}

static gboolean
open_handle (IpcSegment *self, GCancellable *cancellable, GError **error)
{
  IpcOpened opened = { 0 };
  const IpcRequest request = {
    .call = self->call,
    .name = self->parsed,
    .mode = self->open_mode,
    .permissions = self->permissions,
    .flags = self->flags,
    .cancellable = cancellable,
    .size = self->size,
  };

  self->handle = self->ops->open (&request, &opened, error);
  if (self->handle == NULL)
    return FALSE;

  ipc_segment_adopt (self, &opened, NULL);
  g_atomic_int_set (&self->open, TRUE);
  return TRUE;
}

static gboolean
ipc_segment_initable_real_init (GInitable *initable, GCancellable *cancellable, GError **error)
{
  IpcSegment *self = IPC_SEGMENT (initable);

  if (self->handle != NULL)
    return TRUE;

  if (self->name == NULL)
    return ipc_throw (error, IPC_ERROR_INVALID_NAME, self->call, "", "no name given");

  g_clear_pointer (&self->parsed, ipc_name_free);
  self->parsed = ipc_name_parse_segment (self->name, error);
  if (self->parsed == NULL)
    return FALSE;

  self->ops = ipc_segment_ops_lookup (self->parsed->backend, self->call, self->name, error);

  return self->ops != NULL && check_options (self, error)
         && !g_cancellable_set_error_if_cancelled (cancellable, error)
         && open_handle (self, cancellable, error);
}

static void
ipc_segment_initable_init (GInitableIface *iface)
{
  iface->init = ipc_segment_initable_real_init;
}

static void
ipc_segment_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  IpcSegment *self = IPC_SEGMENT (object);

  switch (id)
    {
    case PROP_NAME:
      self->name = g_value_dup_string (value);
      self->label = self->name != NULL ? self->name : IPC_NAME_NONE;
      break;
    case PROP_OPEN_MODE:
      self->open_mode = g_value_get_enum (value);
      break;
    case PROP_SIZE:
      self->size = (gsize) g_value_get_uint64 (value);
      break;
    case PROP_PERMISSIONS:
      self->permissions = g_value_get_uint (value);
      break;
    case PROP_FLAGS:
      self->flags = g_value_get_flags (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
ipc_segment_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  IpcSegment *self = IPC_SEGMENT (object);

  switch (id)
    {
    case PROP_NAME:
      g_value_set_string (value, self->name);
      break;
    case PROP_BACKEND:
      g_value_set_enum (value, ipc_segment_get_backend (self));
      break;
    case PROP_OPEN_MODE:
      g_value_set_enum (value, self->open_mode);
      break;
    case PROP_SIZE:
      g_value_set_uint64 (value, ipc_segment_get_size (self));
      break;
    case PROP_PERMISSIONS:
      g_value_set_uint (value, self->permissions);
      break;
    case PROP_FLAGS:
      g_value_set_flags (value, ipc_segment_get_flags (self));
      break;
    case PROP_CREATED:
      g_value_set_boolean (value, self->created);
      break;
    case PROP_READ_ONLY:
      g_value_set_boolean (value, ipc_segment_is_read_only (self));
      break;
    case PROP_PAGE_SIZE:
      g_value_set_uint64 (value, ipc_segment_get_page_size (self));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
ipc_segment_finalize (GObject *object)
{
  IpcSegment *self = IPC_SEGMENT (object);

  /* Nobody is inside; what GBytes hold stays until they go. */
  g_ptr_array_unref (self->views);
  g_mutex_clear (&self->lock);
  if (self->handle != NULL)
    self->ops->close (self->handle);

  g_clear_pointer (&self->parsed, ipc_name_free);
  g_free (self->name);
  G_OBJECT_CLASS (ipc_segment_parent_class)->finalize (object);
}

#define GIVEN (G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS)
#define FOUND (G_PARAM_READABLE | G_PARAM_STATIC_STRINGS)

static void
install_given_properties (void)
{
  /**
   * IpcSegment:name:
   *
   * The name of the segment; it says which mechanism carries it.
   *
   * Since: 0.1
   */
  properties[PROP_NAME] = g_param_spec_string ("name", NULL, NULL, NULL, GIVEN);
  /**
   * IpcSegment:open-mode:
   *
   * What opening may find and what it may make.
   *
   * Since: 0.1
   */
  properties[PROP_OPEN_MODE] = g_param_spec_enum ("open-mode", NULL, NULL, IPC_TYPE_OPEN_MODE,
                                                  IPC_OPEN_EXISTING, GIVEN);
  /**
   * IpcSegment:size:
   *
   * The bytes to make the segment with; of one that exists the least that it must have (0: any).
   * Once it is open: the bytes that it has.
   *
   * Since: 0.1
   */
  properties[PROP_SIZE] = g_param_spec_uint64 ("size", NULL, NULL, 0, G_MAXSIZE, 0, GIVEN);
  /**
   * IpcSegment:permissions:
   *
   * The permissions to make the segment with, exact: the umask does not cut them.  If it exists:
   * the write permissions that others are expected to have.  Once it is open: those that it has.
   *
   * Since: 0.1
   */
  properties[PROP_PERMISSIONS] = g_param_spec_uint ("permissions", NULL, NULL, 0, G_MAXUINT, 0600,
                                                    GIVEN);
  /**
   * IpcSegment:flags:
   *
   * How to map the segment.  Once it is open: what is in force, see ipc_segment_get_flags().
   *
   * Since: 0.1
   */
  properties[PROP_FLAGS] = g_param_spec_flags ("flags", NULL, NULL, IPC_TYPE_SEGMENT_FLAGS,
                                               IPC_SEGMENT_FLAGS_NONE, GIVEN);
}

static void
install_found_properties (void)
{
  /**
   * IpcSegment:backend:
   *
   * The mechanism that carries the segment.
   *
   * Since: 0.1
   */
  properties[PROP_BACKEND] = g_param_spec_enum ("backend", NULL, NULL, IPC_TYPE_BACKEND,
                                                IPC_BACKEND_NONE, FOUND);
  /**
   * IpcSegment:created:
   *
   * Whether opening this object made the segment.
   *
   * Since: 0.1
   */
  properties[PROP_CREATED] = g_param_spec_boolean ("created", NULL, NULL, FALSE, FOUND);
  /**
   * IpcSegment:read-only:
   *
   * Whether it was opened with %IPC_SEGMENT_READ_ONLY.
   *
   * Since: 0.1
   */
  properties[PROP_READ_ONLY] = g_param_spec_boolean ("read-only", NULL, NULL, FALSE, FOUND);
  /**
   * IpcSegment:page-size:
   *
   * The bytes of one page of the mapping; see ipc_segment_get_page_size().
   *
   * Since: 0.1
   */
  properties[PROP_PAGE_SIZE] = g_param_spec_uint64 ("page-size", NULL, NULL, 0, G_MAXSIZE, 0, FOUND);
}

static void
ipc_segment_class_init (IpcSegmentClass *class)
{
  GObjectClass *object_class = G_OBJECT_CLASS (class);

  object_class->set_property = ipc_segment_set_property;
  object_class->get_property = ipc_segment_get_property;
  object_class->finalize = ipc_segment_finalize;

  install_given_properties ();
  install_found_properties ();
  g_object_class_install_properties (object_class, N_PROPS, properties);

  ipc_segment_type = G_TYPE_FROM_CLASS (class);
  ipc_segment_lock_prepare ();
}

static void
ipc_segment_init (IpcSegment *self)
{
  self->call = "g_initable_init";
  self->permissions = 0600;
  self->label = IPC_NAME_NONE;
  self->views = g_ptr_array_new_with_free_func (view_free);
  g_mutex_init (&self->lock);
}
