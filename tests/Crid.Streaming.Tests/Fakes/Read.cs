using System.Text;

namespace Crid.Streaming.Tests;

internal static class Read
{
    public static async Task<string> ToEndAsync(Stream stream)
    {
        using MemoryStream all = new();
        await stream.CopyToAsync(all).WaitAsync(TimeSpan.FromSeconds(20));
        return Encoding.UTF8.GetString(all.ToArray());
    }
}
