using System.Text;
using Crid.Linux;
using Microsoft.Win32.SafeHandles;

namespace Crid.HostTests;

/// <summary>A pipe that a test attaches to a container, and what came through it.</summary>
internal sealed class AttachedPipe : IDisposable
{
    private readonly DescriptorReader _reader;
    private readonly StringBuilder _text = new();

    internal AttachedPipe(EventLoop loop)
    {
        PipeEnds ends = Descriptor.CreatePipe();
        Writer = ends.Writer;
        _reader = new DescriptorReader(loop, ends.Reader);
    }

    internal SafeFileHandle Writer { get; }

    internal string Text => _text.ToString();

    /// <summary>Reads until a text has come.</summary>
    internal async Task ReadUntilAsync(string text)
    {
        while (!Text.Contains(text, StringComparison.Ordinal))
        {
            Assert.True(await ReadAsync(), $"the output ended before '{text}' came: {Text}");
        }
    }

    /// <summary>Reads to the end of the output.</summary>
    internal async Task<string> ReadToEndAsync()
    {
        while (await ReadAsync())
        {
            // More may come.
        }

        return Text;
    }

    public void Dispose()
    {
        Writer.Dispose();
        _reader.Dispose();
    }

    private async Task<bool> ReadAsync()
    {
        byte[] buffer = new byte[4096];
        int count = await _reader.ReadAsync(buffer, TestContext.Current.CancellationToken);
        _text.Append(Encoding.UTF8.GetString(buffer, 0, count));
        return count > 0;
    }
}
