using System.Text;

namespace Crid.Cli;

/// <summary>Standard input as bytes, standard output and standard error as text and as bytes, and what is known about the screen behind them.</summary>
internal sealed class Terminal : IDisposable
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);

    /// <param name="width">Columns of the screen that standard output goes to, null when it goes to a file or a pipe.</param>
    /// <param name="errorIsScreen">Whether standard error can show a progress bar.</param>
    public Terminal(Stream output, Stream error, int? width, bool errorIsScreen)
    {
        OutputBytes = output;
        ErrorBytes = error;

        // Verbs that do several things at once tell of each when it happens.
        Output = TextWriter.Synchronized(new StreamWriter(output, Utf8, leaveOpen: true) { AutoFlush = true });
        Error = TextWriter.Synchronized(new StreamWriter(error, Utf8, leaveOpen: true) { AutoFlush = true });
        Width = width;
        ErrorIsScreen = errorIsScreen;
    }

    public TextWriter Output { get; }

    public TextWriter Error { get; }

    /// <summary>Standard input.</summary>
    public Stream InputBytes { get; init; } = Stream.Null;

    public bool InputIsScreen { get; init; }

    public Stream OutputBytes { get; }

    public Stream ErrorBytes { get; }

    /// <summary>Columns of the screen that <see cref="Output"/> goes to; null: not a screen, so nothing is shortened.</summary>
    public int? Width { get; }

    public bool ErrorIsScreen { get; }

    /// <summary>Columns for what is drawn on <see cref="Error"/>.</summary>
    public int ErrorWidth { get; init; } = 80;

    public static Terminal OfProcess()
    {
        // Without a terminal type the console does not switch the keyboard's mode, which it would otherwise do when asked for the width.
        Environment.SetEnvironmentVariable("TERM", null);
        bool errorIsScreen = !Console.IsErrorRedirected;
        int? width = Console.IsOutputRedirected ? null : Columns();
        return new Terminal(Console.OpenStandardOutput(), Console.OpenStandardError(), width, errorIsScreen)
        {
            ErrorWidth = errorIsScreen ? Columns() : 80,
            InputBytes = Console.OpenStandardInput(),
            InputIsScreen = !Console.IsInputRedirected,
        };
    }

    public void Dispose()
    {
        Output.Dispose();
        Error.Dispose();
    }

    // A terminal that does not tell its size reports zero columns.
    private static int Columns()
    {
        int columns = Console.WindowWidth;
        return columns > 0 ? columns : 80;
    }
}
