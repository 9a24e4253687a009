using Microsoft.Win32.SafeHandles;

namespace Crid.Keeper.Protocol;

/// <summary>A client that wants to see what a running container writes from now on, and perhaps to write to it.</summary>
/// <remarks>
/// The keeper never waits for a client: what its pipe has no room for is lost to it. So the reader of the pipes should make them large
/// (F_SETPIPE_SZ), read them at once, and hold back in its own memory what its peer is too slow for.
/// </remarks>
public sealed record AttachRequest
{
    /// <summary>How many clients one container may have.</summary>
    public const int MaxClients = 64;

    /// <summary>The container's id.</summary>
    public required string Id { get; init; }

    /// <summary>A descriptor to write to the container is wanted.</summary>
    public bool Stdin { get; init; }

    /// <summary>
    /// The write end of a pipe for standard output, of which the keeper gets a copy that it makes non-blocking and closes after the
    /// container's last output. The caller disposes its own. A terminal shows everything here.
    /// </summary>
    public SafeFileHandle? Stdout { get; init; }

    /// <summary>The same for standard error; a container with a terminal writes nothing to it.</summary>
    public SafeFileHandle? Stderr { get; init; }
}
