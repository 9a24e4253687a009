using Microsoft.Win32.SafeHandles;

namespace Crid.Images;

/// <summary>Where a layer is unpacked.</summary>
/// <param name="Number">The number that the layer will have.</param>
/// <param name="Directory">An empty directory, named by the number.</param>
/// <param name="Opened">
/// The same directory, open since before the first write: syncfs(2) tells errors of writeback that happened since the descriptor was opened, also those
/// that the sync of another layer was told before.
/// </param>
internal sealed record ReservedLayer(long Number, string Directory, SafeFileHandle Opened) : IDisposable
{
    public void Dispose() => Opened.Dispose();
}
