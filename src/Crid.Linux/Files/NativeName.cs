namespace Crid.Linux;

/// <summary>File names as the kernel takes them: bytes that end in NUL.</summary>
internal static class NativeName
{
    /// <summary>PATH_MAX: with its NUL no path is longer.</summary>
    public const int MaxBytes = 4096;

    /// <summary>Copies a name to a buffer of <see cref="MaxBytes"/> and ends it with NUL.</summary>
    /// <exception cref="LinuxException">ENAMETOOLONG, or EINVAL where the name has a NUL of its own, which would cut it short.</exception>
    public static ReadOnlySpan<byte> Terminate(ReadOnlySpan<byte> name, Span<byte> buffer)
    {
        if (name.Length >= buffer.Length)
        {
            throw new LinuxException("path", path: null, Tmds.Linux.LibC.ENAMETOOLONG);
        }

        if (name.Contains((byte)0))
        {
            throw new LinuxException("path", path: null, Tmds.Linux.LibC.EINVAL);
        }

        name.CopyTo(buffer);
        buffer[name.Length] = 0;
        return buffer[..(name.Length + 1)];
    }
}
