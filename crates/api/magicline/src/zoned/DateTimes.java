import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;

/** Reads a date-time from each line of standard input, and writes how Java formats it, or "refused". */
public class DateTimes {
    private static final DateTimeFormatter OFFSET =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSXXXXX");
    private static final DateTimeFormatter REGION =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSXXXXX'['VV']'");

    public static void main(String[] arguments) throws IOException {
        var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        var out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        for (String line; (line = in.readLine()) != null; ) {
            out.println(format(line));
        }
    }

    private static String format(String text) {
        try {
            var time = ZonedDateTime.parse(text);
            return time.format(time.getZone() instanceof ZoneOffset ? OFFSET : REGION);
        } catch (DateTimeException refused) {
            return "refused";
        }
    }
}
