using System.Text;
using Crid.Api;

namespace Crid.Cli;

/// <summary>Draws the progress of a pull: one line that is drawn over again on a screen, a few plain lines elsewhere.</summary>
internal sealed class PullProgressView(Terminal terminal, TimeProvider clock, string reference) : IDisposable
{
    private const string ClearLine = "\r\u001b[2K";
    private const int BarWidth = 24;
    private readonly long _started = clock.GetTimestamp();
    private uint _layersShown;
    private ulong _received;
    private bool _drawn;

    public void Start()
    {
        if (!terminal.ErrorIsScreen)
        {
            terminal.Error.WriteLine($"pulling {reference}");
        }
    }

    /// <param name="progress">null: how far the pull is, is not known.</param>
    public void Update(Pull? progress)
    {
        if (progress is not null)
        {
            _received = Math.Max(_received, progress.BytesReceived);
        }

        if (terminal.ErrorIsScreen)
        {
            string line = Line(progress, clock.GetElapsedTime(_started), terminal.ErrorWidth);
            terminal.Error.Write(ClearLine + line);
            _drawn = true;
        }
        else if (progress is not null && progress.LayersDone > _layersShown)
        {
            _layersShown = progress.LayersDone;
            terminal.Error.WriteLine($"  {progress.LayersDone} of {progress.LayersTotal} layers, {HumanFormat.Size(progress.BytesReceived)}");
        }
    }

    public void Complete()
    {
        string size = _received > 0 ? $"{HumanFormat.Size(_received)} " : "";
        Erase();
        terminal.Error.WriteLine($"pulled {reference} ({size}in {clock.GetElapsedTime(_started).TotalSeconds:F1} s)");
    }

    /// <summary>Leaves no half-drawn line behind when the pull failed.</summary>
    public void Dispose() => Erase();

    internal static string Line(Pull? progress, TimeSpan elapsed, int width)
    {
        StringBuilder line = new();
        if (progress is null || progress.BytesTotal == 0)
        {
            line.Append($"resolving ({elapsed.TotalSeconds:F0} s)");
        }
        else
        {
            double share = Math.Min(1, progress.BytesReceived / (double)progress.BytesTotal);
            int filled = (int)(share * BarWidth);
            double perSecond = progress.BytesReceived / Math.Max(0.1, elapsed.TotalSeconds);
            line.Append('[').Append('#', filled).Append('.', BarWidth - filled).Append(']')
                .Append($" {share * 100,3:F0}%  {progress.LayersDone}/{progress.LayersTotal} layers")
                .Append($"  {HumanFormat.Size(progress.BytesReceived)} of {HumanFormat.Size(progress.BytesTotal)}")
                .Append($"  {HumanFormat.Size((ulong)perSecond)}/s");
        }

        // A line that reaches the last column would wrap and could not be drawn over.
        return line.Length < width ? line.ToString() : line.ToString(0, Math.Max(0, width - 1));
    }

    private void Erase()
    {
        if (_drawn)
        {
            terminal.Error.Write(ClearLine);
            _drawn = false;
        }
    }
}
