using Crid.Core;

namespace Crid.Pods;

/// <summary>How the intent column spells an intent.</summary>
internal static class IntentColumn
{
    public static string Write(Intent intent) => intent switch
    {
        Intent.None => "",
        Intent.Create => "create",
        Intent.Start => "start",
        Intent.Remove => "remove",
        _ => throw new ArgumentOutOfRangeException(nameof(intent), intent, message: null),
    };

    public static Intent Read(string text) => text switch
    {
        "" => Intent.None,
        "create" => Intent.Create,
        "start" => Intent.Start,
        "remove" => Intent.Remove,
        _ => throw new CridException(ErrorKind.Internal, $"the database holds an unknown intent '{text}'"),
    };
}
