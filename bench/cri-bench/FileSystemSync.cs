using System.Diagnostics;

namespace Crid.Bench;

/// <summary>sync(1): what one target has written and not synced must not become work of the next one.</summary>
internal static class FileSystemSync
{
    public static async Task RunAsync(CancellationToken cancellation)
    {
#pragma warning disable RS0030 // A measurement may wait for a program.
        using Process sync = Process.Start("sync");
#pragma warning restore RS0030
        await sync.WaitForExitAsync(cancellation);
    }
}
