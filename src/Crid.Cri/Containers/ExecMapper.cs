using Crid.Runtimes;
using Google.Protobuf;

namespace Crid.Cri;

/// <summary>Commands in containers and their output between the CRI and crid's records.</summary>
internal static class ExecMapper
{
    /// <summary>Clients receive at most 16 MiB in a message; some of it is for the other fields.</summary>
    public const int MaxOutput = (16 * 1024 * 1024) - 1024;

    public static (IReadOnlyList<string> Command, TimeSpan? Timeout) ToCommand(Api.ExecSyncRequest request)
    {
        TimeSpan timeout = Require.Seconds(request.Timeout, "timeout");
        return (ToCommand(request.Cmd), timeout == TimeSpan.Zero ? null : timeout);
    }

    public static IReadOnlyList<string> ToCommand(IReadOnlyList<string> words) =>
        words.Count > 0 ? [.. words.Select(static word => Require.NoNul(word, "cmd"))] : throw Require.Invalid("cmd", "is empty");

    /// <summary>The output cut to what a client receives, each stream having at least half of it to itself.</summary>
    public static Api.ExecSyncResponse ToResponse(ExecSyncResult result)
    {
        int stdoutLength = Math.Min(result.Stdout.Length, MaxOutput - Math.Min(result.Stderr.Length, MaxOutput / 2));
        int stderrLength = Math.Min(result.Stderr.Length, MaxOutput - stdoutLength);
        return new Api.ExecSyncResponse
        {
            Stdout = UnsafeByteOperations.UnsafeWrap(result.Stdout.AsMemory(0, stdoutLength)),
            Stderr = UnsafeByteOperations.UnsafeWrap(result.Stderr.AsMemory(0, stderrLength)),
            ExitCode = result.ExitStatus,
        };
    }
}
