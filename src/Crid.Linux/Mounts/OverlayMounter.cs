using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Tmds.Linux;

namespace Crid.Linux;

/// <summary>Mounts overlays through fsopen(2), one option at a time, so that the number of layers is not limited by a page.</summary>
internal static unsafe class OverlayMounter
{
    private const int MaxOptionBytes = 255;

    /// <summary>False where this kernel lacks the calls or the option for single lower layers (before Linux 6.5).</summary>
    public static bool TryMount(OverlayMount overlay, string target)
    {
        if (!Fits(overlay))
        {
            return false;
        }

        using SafeFileHandle context = Open();
        if (context.IsInvalid)
        {
            return false;
        }

        int fd = (int)context.DangerousGetHandle();
        foreach (string lower in overlay.Lowers)
        {
            if (!TrySet(fd, "lowerdir+"u8, lower))
            {
                return false;
            }
        }

        if (overlay.Upper is not null)
        {
            Set(fd, "upperdir"u8, overlay.Upper);
            Set(fd, "workdir"u8, overlay.Work ?? throw new ArgumentException("an upper directory needs a work directory", nameof(overlay)));
        }

        if (overlay.IsUpperKept)
        {
            // Every kernel that has openat2 knows these, whatever it was configured with.
            Set(fd, "metacopy"u8, "off");
            Set(fd, "redirect_dir"u8, "off");
            Set(fd, "index"u8, "off");
        }

        if (overlay.Label is not null)
        {
            Set(fd, "context"u8, overlay.Label);
        }

        if (overlay.Volatile)
        {
            Configure(fd, MountCalls.FsConfigSetFlag, "volatile"u8, value: null, target);
        }

        Set(fd, "source"u8, "overlay");
        Configure(fd, MountCalls.FsConfigCreate, key: default, value: null, target);
        Attach(fd, overlay.Options, target);
        return true;
    }

    /// <summary>The options as one string for mount(2).</summary>
    /// <remarks>The kernel splits at commas and colons; a backslash keeps them as they are.</remarks>
    public static string FormatOptions(OverlayMount overlay)
    {
        StringBuilder options = new("lowerdir=");
        options.AppendJoin(':', overlay.Lowers.Select(Escape));
        if (overlay.Upper is not null)
        {
            options.Append(",upperdir=").Append(Escape(overlay.Upper)).Append(",workdir=").Append(Escape(overlay.Work!));
        }

        if (overlay.Label is not null)
        {
            // Levels have commas.
            options.Append(",context=\"").Append(overlay.Label).Append('"');
        }

        options.Append(overlay.IsUpperKept ? ",metacopy=off,redirect_dir=off,index=off" : "");
        return options.Append(overlay.Volatile ? ",volatile" : "").ToString();
    }

    private static string Escape(string path) =>
        path.Replace("\\", "\\\\", StringComparison.Ordinal)
            .Replace(":", "\\:", StringComparison.Ordinal)
            .Replace(",", "\\,", StringComparison.Ordinal);

    // fsconfig(2) takes strings of at most 255 bytes.
    private static bool Fits(OverlayMount overlay) =>
        overlay.Lowers.Append(overlay.Upper).Append(overlay.Work).Append(overlay.Label).All(static path => path is null || Encoding.UTF8.GetByteCount(path) <= MaxOptionBytes);

    private static SafeFileHandle Open()
    {
        fixed (byte* type = "overlay\0"u8)
        {
            return new SafeFileHandle(MountCalls.FsOpen(type, MountCalls.FsOpenCloseOnExec), ownsHandle: true);
        }
    }

    private static bool TrySet(int fd, ReadOnlySpan<byte> key, string value)
    {
        // u8 literals end in a NUL byte after their last character.
        fixed (byte* name = key, text = Mounts.Terminate(value))
        {
            int result = MountCalls.FsConfig(fd, MountCalls.FsConfigSetString, name, text, 0);
            int errno = Marshal.GetLastPInvokeError();
            return result == 0 || (errno == LibC.EINVAL ? false : throw new LinuxException("fsconfig", value, errno));
        }
    }

    private static void Set(int fd, ReadOnlySpan<byte> key, string value)
    {
        fixed (byte* text = Mounts.Terminate(value))
        {
            Configure(fd, MountCalls.FsConfigSetString, key, text, value);
        }
    }

    private static void Configure(int fd, int command, ReadOnlySpan<byte> key, byte* value, string subject)
    {
        fixed (byte* name = key)
        {
            if (MountCalls.FsConfig(fd, command, name, value, 0) != 0)
            {
                throw new LinuxException("fsconfig", subject, Marshal.GetLastPInvokeError());
            }
        }
    }

    private static void Attach(int fd, MountOptions options, string target)
    {
        using SafeFileHandle mount = new(MountCalls.FsMount(fd, MountCalls.FsMountCloseOnExec, (uint)options), ownsHandle: true);
        if (mount.IsInvalid)
        {
            throw new LinuxException("fsmount", target, Marshal.GetLastPInvokeError());
        }

        fixed (byte* nothing = "\0"u8, path = Mounts.Terminate(target))
        {
            if (MountCalls.MoveMount((int)mount.DangerousGetHandle(), nothing, LibC.AT_FDCWD, path, MountCalls.MoveMountFromEmptyPath) != 0)
            {
                throw new LinuxException("move_mount", target, Marshal.GetLastPInvokeError());
            }
        }
    }
}
